namespace MoE.Jinja.Text;

/// <summary>
/// Which parts of a string came from untrusted input, as ascending positions where that changes: untrusted are
/// [flips[0], flips[1]), [flips[2], flips[3]) and so on. Null stands for a string that is trusted throughout.
/// </summary>
internal static class Taint
{
    public static int[]? All(int length) => length == 0 ? null : [0, length];

    /// <summary>The untrusted ranges inside [start, start + length), in the string's own positions.</summary>
    public static IEnumerable<(int From, int To)> Within(int[] flips, int start, int length)
    {
        int end = start + length;
        int i = Array.BinarySearch(flips, start);
        i = (i < 0 ? ~i : i) & ~1;
        for (; i < flips.Length && flips[i] < end; i += 2)
        {
            int from = Math.Max(flips[i], start);
            int to = Math.Min(flips[i + 1], end);
            if (from < to)
                yield return (from, to);
        }
    }

    public static int[]? Slice(int[]? flips, int start, int length)
    {
        if (flips is null)
            return null;
        var slice = new List<int>();
        foreach ((int from, int to) in Within(flips, start, length))
            slice.AddRange([from - start, to - start]);
        return slice.Count == 0 ? null : slice.ToArray();
    }
}
