using MoE.Kernels;

namespace MoE.Model;

/// <summary>Ids to rows of the residual stream.</summary>
internal sealed class TokenEmbedding(WeightMatrix weight)
{
    /// <param name="batch">The batch.</param>
    /// <param name="residual">[T, H]; overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public void Forward(ForwardBatch batch, Span<float> residual)
    {
        var token = 0;
        foreach (var chunk in batch.Chunks)
        {
            foreach (var id in chunk.TokenIds.Span)
            {
                if ((uint)id >= (uint)weight.Rows)
                    throw new ArgumentOutOfRangeException(nameof(batch), id, $"token id outside the vocabulary of {weight.Rows}");
                Dequantize.Row(weight.Type, weight.Row(id), residual.Slice(token++ * weight.Columns, weight.Columns));
            }
        }
    }
}
