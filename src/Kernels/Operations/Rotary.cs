namespace MoE.Kernels;

/// <summary>Rotary position embedding of one head (arXiv 2104.09864). Both forms rotate the leading 2·cos.Length values.</summary>
public static class Rotary
{
    /// <summary>Pairs (i, i + R/2), as Hugging Face's rotate_half and GPT-NeoX.</summary>
    /// <param name="head">At least R values, changed in place.</param>
    /// <param name="cos">[R/2].</param>
    /// <param name="sin">[R/2].</param>
    /// <exception cref="ArgumentException">The head is shorter than R.</exception>
    public static void ApplyHalf(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        Check(head, cos, sin);
        var first = head[..cos.Length];
        var second = head.Slice(cos.Length, cos.Length);
        var last = Lanes.Whole(first.Length);
        for (var i = 0; i < last; i += Lanes.Count)
        {
            var (a, b) = (Lanes.Load(first, i), Lanes.Load(second, i));
            Lanes.Store(a * Lanes.Load(cos, i) - b * Lanes.Load(sin, i), first, i);
            Lanes.Store(b * Lanes.Load(cos, i) + a * Lanes.Load(sin, i), second, i);
        }

        for (var i = last; i < first.Length; i++)
        {
            var (a, b) = (first[i], second[i]);
            first[i] = a * cos[i] - b * sin[i];
            second[i] = b * cos[i] + a * sin[i];
        }
    }

    /// <summary>Pairs (2i, 2i + 1), as in GGUF's <c>llama</c> architecture.</summary>
    /// <inheritdoc cref="ApplyHalf"/>
    public static void ApplyInterleaved(Span<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        Check(head, cos, sin);
        for (var i = 0; i < cos.Length; i++)
        {
            var (a, b) = (head[2 * i], head[2 * i + 1]);
            head[2 * i] = a * cos[i] - b * sin[i];
            head[2 * i + 1] = b * cos[i] + a * sin[i];
        }
    }

    private static void Check(ReadOnlySpan<float> head, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        VectorOps.SameLength(cos.Length, sin.Length);
        if (head.Length < 2 * cos.Length)
            throw new ArgumentException($"a head of {head.Length} values has no {cos.Length} pairs", nameof(head));
    }
}
