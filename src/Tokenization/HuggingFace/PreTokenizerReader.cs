using MoE.Tokenization.PreTokenizers;
using MoE.Tokenization.Regex;

namespace MoE.Tokenization.HuggingFace;

/// <summary>Reads <c>pre_tokenizer</c>.</summary>
internal static class PreTokenizerReader
{
    private const string Supported = "ByteLevel, Split, Metaspace, Digits, Sequence";

    private static readonly CodePointRegex s_digit = CodePointRegex.Parse(@"\p{N}");

    public static IPreTokenizer Read(JsonField field)
    {
        if (field.IsNull) return new IdentityPreTokenizer();
        return field["type"].StringOrNull() switch
        {
            "ByteLevel" => new ByteLevelPreTokenizer(field["add_prefix_space"].Bool(true), field["use_regex"].Bool(true)),
            "Split" => ReadSplit(field),
            "Metaspace" => ReadMetaspace(field),
            "Digits" => new SplitPreTokenizer(
                s_digit, field["individual_digits"].Bool(false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false),
            "Sequence" => new SequencePreTokenizer([.. field["pretokenizers"].Items().Select(Read)]),
            _ => throw field["type"].Unsupported(Supported),
        };
    }

    public static PrependScheme ReadPrependScheme(JsonField field)
    {
        var scheme = field["prepend_scheme"];
        return scheme.StringOrNull() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            null => field["add_prefix_space"].Bool(true) ? PrependScheme.Always : PrependScheme.Never,
            _ => throw scheme.Unsupported("always, first, never"),
        };
    }

    private static IPreTokenizer ReadSplit(JsonField field)
    {
        var invert = field["invert"].Bool(false);
        var behavior = field["behavior"].StringOrNull() switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw field["behavior"].Unsupported("Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"),
        };
        return PatternReader.Read(field["pattern"]) switch
        {
            (string text, null) => new StringSplitPreTokenizer(text, behavior, invert),
            (_, { } regex) => new SplitPreTokenizer(regex, behavior, invert),
            _ => throw field["pattern"].Unsupported("String, Regex"),
        };
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonField field) =>
        new(field["replacement"].Char().ToString(), ReadPrependScheme(field), field["split"].Bool(true));
}
