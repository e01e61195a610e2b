namespace MoE.Kernels;

/// <summary>Softmax attention of one query of one head.</summary>
public static class CausalAttention
{
    /// <summary>
    /// <c>output = Σ_i softmax_i(scale · q·k_i) · v_i</c> over positions [first, first + count), summed in position order, so
    /// that the result does not depend on what other queries run beside it.
    /// </summary>
    /// <param name="q">[D].</param>
    /// <param name="k">Keys, rows of D.</param>
    /// <param name="v">Values, rows of D.</param>
    /// <param name="first">The first position that is seen.</param>
    /// <param name="count">Positions that are seen, at least 1.</param>
    /// <param name="scale">Usually 1/√D.</param>
    /// <param name="scores">Buffer of at least count.</param>
    /// <param name="output">[D]; overwritten.</param>
    public static void Query(
        ReadOnlySpan<float> q, KvRows k, KvRows v, int first, int count, float scale, Span<float> scores, Span<float> output)
    {
        scores = scores[..count];
        for (var i = 0; i < count; i++)
            scores[i] = VectorOps.Dot(q, k[first + i]) * scale;
        Softmax.InPlace(scores);
        output.Clear();
        for (var i = 0; i < count; i++)
            VectorOps.AddScaled(output, v[first + i], scores[i]);
    }
}
