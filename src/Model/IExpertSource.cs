namespace MoE.Model;

/// <summary>What an expert node needs of a model: its identity, its shape, and the experts themselves.</summary>
public interface IExpertSource
{
    /// <summary>Identity of the weights and the configuration, lower-case hex.</summary>
    string Hash { get; }

    /// <summary>Columns of a row.</summary>
    int HiddenSize { get; }

    /// <summary>Whether the model has this routed expert.</summary>
    bool HasExpert(int layer, int expert);

    /// <summary>Bytes that one routed expert of <paramref name="layer"/> occupies once loaded, the largest where they differ.</summary>
    long ExpertBytes(int layer);

    /// <summary>One routed expert's three matrices. Disposing the result releases what was allocated for it.</summary>
    ExpertWeights Expert(int layer, int expert);
}
