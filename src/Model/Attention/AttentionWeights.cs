using MoE.Kernels;

namespace MoE.Model;

/// <summary>One layer's attention weights. D is the head's columns, A the query heads, B the key-value heads.</summary>
internal sealed class AttentionWeights
{
    /// <summary>[A·D, H].</summary>
    public required WeightMatrix Query { get; init; }

    /// <summary>[B·D, H].</summary>
    public required WeightMatrix Key { get; init; }

    /// <summary>[B·D, H].</summary>
    public required WeightMatrix Value { get; init; }

    /// <summary>[H, A·D].</summary>
    public required WeightMatrix Output { get; init; }

    public float[]? QueryBias { get; init; }

    public float[]? KeyBias { get; init; }

    public float[]? ValueBias { get; init; }

    public float[]? OutputBias { get; init; }

    /// <summary>[D], or [A·D] where the norm spans the whole projection.</summary>
    public float[]? QueryNorm { get; init; }

    /// <summary>[D], or [B·D] where the norm spans the whole projection.</summary>
    public float[]? KeyNorm { get; init; }

    /// <summary>Takes a layer's weights from the model's files.</summary>
    public static AttentionWeights Load(ModelSource source, int layer)
    {
        var bias = source.Config.Layers[layer].AttentionBias;
        var norm = source.Config.QkNorm != QkNorm.None;
        return new AttentionWeights
        {
            Query = source.Matrix(TensorRole.QProj, layer),
            Key = source.Matrix(TensorRole.KProj, layer),
            Value = source.Matrix(TensorRole.VProj, layer),
            Output = source.Matrix(TensorRole.OProj, layer),
            QueryBias = bias.HasFlag(AttentionBias.Query) ? source.Vector(TensorRole.QBias, layer) : null,
            KeyBias = bias.HasFlag(AttentionBias.Key) ? source.Vector(TensorRole.KBias, layer) : null,
            ValueBias = bias.HasFlag(AttentionBias.Value) ? source.Vector(TensorRole.VBias, layer) : null,
            OutputBias = bias.HasFlag(AttentionBias.Output) ? source.Vector(TensorRole.OBias, layer) : null,
            QueryNorm = norm ? source.Vector(TensorRole.QNorm, layer) : null,
            KeyNorm = norm ? source.Vector(TensorRole.KNorm, layer) : null,
        };
    }
}
