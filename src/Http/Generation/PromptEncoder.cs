using MoE.Model;
using MoE.Tokenization;

namespace MoE.Http.Generation;

/// <summary>Encodes a rendered chat prompt so that special tokens come from the template only, never from what a user wrote.</summary>
public static class PromptEncoder
{
    /// <summary>
    /// The prompt is encoded whole, as Hugging Face does, since words and leading spaces may join across pieces. If that
    /// yields other special tokens than the template's own text does, a user wrote them: then piece by piece, with theirs
    /// read as plain text. Templates write their own BOS, so none is added.
    /// </summary>
    /// <param name="segments">The prompt.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxTokens">As in <see cref="Tokenizer.Encode"/>.</param>
    public static int[] Encode(IReadOnlyList<PromptSegment> segments, Tokenizer tokenizer, int maxTokens = int.MaxValue)
    {
        var merged = Merge(segments);
        var whole = tokenizer.Encode(string.Concat(merged.Select(segment => segment.Text)), addSpecial: false, parseSpecial: true, maxTokens);
        if (merged.All(segment => segment.Trusted) || whole.Length > maxTokens)
            return whole;
        var trusted = merged.Where(segment => segment.Trusted).SelectMany(segment => tokenizer.Encode(segment.Text, addSpecial: false, parseSpecial: true));
        if (whole.Where(tokenizer.IsSpecial).SequenceEqual(trusted.Where(tokenizer.IsSpecial)))
            return whole;
        return [.. merged.SelectMany(segment => tokenizer.Encode(segment.Text, addSpecial: false, parseSpecial: segment.Trusted))];
    }

    private static List<PromptSegment> Merge(IReadOnlyList<PromptSegment> segments)
    {
        var merged = new List<PromptSegment>();
        foreach (var group in Runs(segments))
            merged.Add(group.Count == 1 ? group[0] : new PromptSegment(string.Concat(group.Select(segment => segment.Text)), group[0].Trusted));
        return merged;
    }

    private static IEnumerable<List<PromptSegment>> Runs(IReadOnlyList<PromptSegment> segments)
    {
        var run = new List<PromptSegment>();
        foreach (var segment in segments.Where(segment => segment.Text.Length > 0))
        {
            if (run.Count > 0 && run[0].Trusted != segment.Trusted)
            {
                yield return run;
                run = [];
            }

            run.Add(segment);
        }

        if (run.Count > 0)
            yield return run;
    }
}
