using System.Text;
using MoE.Tokenization.Normalizers;

namespace MoE.Tokenization.HuggingFace;

/// <summary>Reads <c>normalizer</c>.</summary>
internal static class NormalizerReader
{
    private const string Supported = "NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip, Sequence";

    public static INormalizer Read(JsonField field)
    {
        if (field.IsNull) return new IdentityNormalizer();
        return field["type"].StringOrNull() switch
        {
            "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
            "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
            "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
            "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
            "Prepend" => new PrependNormalizer(field["prepend"].String()),
            "Replace" => ReadReplace(field),
            "Strip" => new StripNormalizer(field["strip_left"].Bool(true), field["strip_right"].Bool(true)),
            "Sequence" => new SequenceNormalizer([.. field["normalizers"].Items().Select(Read)]),
            _ => throw field["type"].Unsupported(Supported),
        };
    }

    private static INormalizer ReadReplace(JsonField field)
    {
        var content = field["content"].String();
        return PatternReader.Read(field["pattern"]) switch
        {
            (string text, null) => new ReplaceNormalizer(text, content),
            (_, { } regex) => new RegexReplaceNormalizer(regex, content),
            _ => throw field["pattern"].Unsupported("String, Regex"),
        };
    }
}
