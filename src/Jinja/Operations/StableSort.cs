namespace MoE.Jinja.Operations;

/// <summary>Merge sort. The library's sorts wrap what a comparison throws; here a template's error passes through.</summary>
internal static class StableSort
{
    public static T[] Sort<T>(IReadOnlyList<T> items, Func<T, T, int> compare)
    {
        T[] from = items.ToArray();
        var to = new T[from.Length];
        for (int width = 1; width < from.Length; width *= 2)
        {
            for (int left = 0; left < from.Length; left += 2 * width)
                Merge(from, to, left, Math.Min(left + width, from.Length), Math.Min(left + (2 * width), from.Length), compare);
            (from, to) = (to, from);
        }

        return from;
    }

    private static void Merge<T>(T[] from, T[] to, int left, int middle, int end, Func<T, T, int> compare)
    {
        int right = middle;
        for (int i = left, l = left; i < end; i++)
            to[i] = l < middle && (right >= end || compare(from[l], from[right]) <= 0) ? from[l++] : from[right++];
    }
}
