using MoE.Kernels;

namespace MoE.Model;

/// <summary>The final norm and the product with the vocabulary, for the positions whose logits are wanted.</summary>
internal sealed class LanguageModelHead(float[] norm, WeightMatrix weight, float epsilon, ComputePool pool)
{
    private readonly ActivationRows _hidden = new();

    /// <param name="batch">The batch.</param>
    /// <param name="residual">[T, H].</param>
    /// <param name="logits">[LogitRows, V]; overwritten.</param>
    public void Forward(ForwardBatch batch, ReadOnlySpan<float> residual, Memory<float> logits)
    {
        if (batch.LogitRows == 0)
            return;
        _hidden.Reset(batch.LogitRows, weight.Columns);
        var token = 0;
        var row = 0;
        foreach (var chunk in batch.Chunks)
        {
            var first = chunk.Logits switch
            {
                LogitsWanted.All => 0,
                LogitsWanted.Last => chunk.TokenIds.Length - 1,
                _ => chunk.TokenIds.Length,
            };
            for (var i = first; i < chunk.TokenIds.Length; i++)
                RmsNorm.Normalize(residual.Slice((token + i) * weight.Columns, weight.Columns), norm, epsilon, _hidden.Row(row++));
            token += chunk.TokenIds.Length;
        }

        MatMul.Multiply(pool, weight, _hidden, logits);
    }
}
