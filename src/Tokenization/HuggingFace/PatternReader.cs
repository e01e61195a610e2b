using MoE.Tokenization.Regex;

namespace MoE.Tokenization.HuggingFace;

/// <summary>Reads <c>pattern</c>: <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
internal static class PatternReader
{
    public static (string? Text, CodePointRegex? Regex) Read(JsonField field)
    {
        if (field["String"].StringOrNull() is { } text)
            return text.Length > 0 ? (text, null) : throw field["String"].Fail("expected a text that is not empty");

        if (field["Regex"].IsNull) throw field.Unsupported("String, Regex");
        try
        {
            return (null, CodePointRegex.Parse(field["Regex"].String()));
        }
        catch (FormatException exception)
        {
            throw field["Regex"].Fail("not supported: " + exception.Message);
        }
    }
}
