using System.Numerics;
using System.Runtime.InteropServices;

namespace MoE.Router;

/// <summary>Checks of rows that came from elsewhere.</summary>
internal static class RowValues
{
    /// <summary>Whether no value is infinite or not a number: x · 0 is 0 for all others, and a sum keeps what is not.</summary>
    public static bool AllFinite(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var sum = Vector<float>.Zero;
        foreach (var vector in vectors)
            sum += vector * Vector<float>.Zero;
        var rest = 0f;
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
            rest += value * 0f;
        return Vector.EqualsAll(sum, Vector<float>.Zero) && rest == 0f;
    }

    /// <summary>Whether two rows are the same bits, NaNs included.</summary>
    public static bool SameBits(ReadOnlySpan<float> left, ReadOnlySpan<float> right) =>
        MemoryMarshal.AsBytes(left).SequenceEqual(MemoryMarshal.AsBytes(right));
}
