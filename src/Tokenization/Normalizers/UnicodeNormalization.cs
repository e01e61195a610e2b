using System.Text;

namespace MoE.Tokenization.Normalizers;

/// <summary>
/// The four normalization forms (Unicode Standard Annex 15). With <c>InvariantGlobalization</c>, <see cref="string.Normalize()"/> returns
/// its input, so the product carries the table and the algorithm.
/// </summary>
internal static class UnicodeNormalization
{
    private const int FirstThatChangesInNfc = 0x300;
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TailCount;

    public static string Normalize(string text, NormalizationForm form)
    {
        var untouched = form == NormalizationForm.FormC ? FirstThatChangesInNfc : 0x80;
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', (char)(untouched - 1))) return text;

        var compatibility = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, compatibility, points);
        OrderMarks(points);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC) Compose(points);

        var result = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (var point in points) result.Append(units[..new Rune(point).EncodeToUtf16(units)]);
        return result.ToString();
    }

    private static void Decompose(int point, bool compatibility, List<int> output)
    {
        if (point is >= HangulBase and < HangulBase + HangulCount)
        {
            var index = point - HangulBase;
            output.Add(LeadBase + index / (VowelCount * TailCount));
            output.Add(VowelBase + index % (VowelCount * TailCount) / TailCount);
            if (index % TailCount != 0) output.Add(TailBase + index % TailCount);
            return;
        }

        // The table's decompositions are one step deep at a time; Unicode bounds the depth.
        if (UnicodeNormalizationData.Instance.Decomposition(point, compatibility) is { } parts)
        {
            foreach (var part in parts) Decompose(part, compatibility, output);
            return;
        }

        output.Add(point);
    }

    private static void OrderMarks(List<int> points)
    {
        var data = UnicodeNormalizationData.Instance;
        for (var start = 0; start < points.Count; start++)
        {
            if (data.CombiningClass(points[start]) == 0) continue;
            var end = start + 1;
            while (end < points.Count && data.CombiningClass(points[end]) != 0) end++;
            if (end - start > 1)
            {
                // OrderBy is stable, as the canonical ordering must be, and n log n for a text of nothing but marks.
                int[] ordered = [.. points.GetRange(start, end - start).OrderBy(data.CombiningClass)];
                for (var i = 0; i < ordered.Length; i++) points[start + i] = ordered[i];
            }

            start = end;
        }
    }

    private static void Compose(List<int> points)
    {
        var data = UnicodeNormalizationData.Instance;
        var starter = -1;
        var lastClass = -1;
        var written = 0;
        for (var read = 0; read < points.Count; read++)
        {
            var point = points[read];
            var combiningClass = data.CombiningClass(point);
            if (starter >= 0 && lastClass < combiningClass && TryPair(points[starter], point, out var composite))
            {
                points[starter] = composite;
                continue;
            }

            if (combiningClass == 0) (starter, lastClass) = (written, -1);
            else lastClass = combiningClass;
            points[written++] = point;
        }

        points.RemoveRange(written, points.Count - written);
    }

    private static bool TryPair(int first, int second, out int composite)
    {
        if (first is >= LeadBase and < LeadBase + LeadCount && second is >= VowelBase and < VowelBase + VowelCount)
        {
            composite = HangulBase + ((first - LeadBase) * VowelCount + second - VowelBase) * TailCount;
            return true;
        }

        if (first is >= HangulBase and < HangulBase + HangulCount && (first - HangulBase) % TailCount == 0
            && second is > TailBase and < TailBase + TailCount)
        {
            composite = first + second - TailBase;
            return true;
        }

        return UnicodeNormalizationData.Instance.TryCompose(first, second, out composite);
    }
}
