using System.Text;
using MoE.Tokenization.Regex;

namespace MoE.Tokenization.Normalizers;

internal sealed class IdentityNormalizer : INormalizer
{
    public string Normalize(string text) => text;
}

internal sealed class SequenceNormalizer(IReadOnlyList<INormalizer> normalizers) : INormalizer
{
    public string Normalize(string text) => normalizers.Aggregate(text, (current, normalizer) => normalizer.Normalize(current));
}

internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}

internal sealed class ReplaceNormalizer(string pattern, string content) : INormalizer
{
    public string Normalize(string text) => text.Replace(pattern, content, StringComparison.Ordinal);
}

internal sealed class RegexReplaceNormalizer(CodePointRegex pattern, string content) : INormalizer
{
    public string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        var last = 0;
        foreach (var (start, end) in pattern.Matches(text.AsMemory()))
        {
            result.Append(text, last, start - last).Append(content);
            last = end;
        }

        return result.Append(text, last, text.Length - last).ToString();
    }
}

/// <summary>Removes white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public string Normalize(string text)
    {
        if (left) text = text.TrimStart();
        return right ? text.TrimEnd() : text;
    }
}

internal sealed class UnicodeNormalizer(NormalizationForm form) : INormalizer
{
    public string Normalize(string text) => UnicodeNormalization.Normalize(text, form);
}
