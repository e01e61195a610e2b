namespace MoE.Jinja.Operations;

/// <summary>Upper and lower case. Letters map one to one, save for ß, so what is untrusted stays where it is.</summary>
internal static class LetterCase
{
    public static StringValue Upper(Runtime runtime, StringValue value)
    {
        if (value.Text.Contains('ß'))
            value = Strings.Replace(runtime, value, new StringValue("ß"), value.IsTrusted ? new StringValue("SS") : StringValue.Untrusted("SS"), -1);
        return new StringValue(value.Text.ToUpperInvariant(), value.Flips);
    }

    public static StringValue Lower(StringValue value) => new(value.Text.ToLowerInvariant(), value.Flips);

    public static StringValue Capitalize(StringValue value) => Map(value, (c, i) => i == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));

    public static StringValue Swap(StringValue value) =>
        Map(value, (c, _) => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));

    /// <summary><c>str.title</c>: a letter is upper case unless one stands before it.</summary>
    public static StringValue Title(StringValue value) => Map(value, (c, i) =>
        i > 0 && char.IsLetter(value.Text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));

    /// <summary>Jinja's <c>title</c> filter: a word begins at the start and after whitespace, '-', '(', '{', '[' or '&lt;'.</summary>
    public static StringValue TitleWords(StringValue value) => Map(value, (c, i) =>
        i == 0 || value.Text[i - 1] is '-' or '(' or '{' or '[' or '<' || Strings.IsSpace(value.Text[i - 1])
            ? char.ToUpperInvariant(c)
            : char.ToLowerInvariant(c));

    private static StringValue Map(StringValue value, Func<char, int, char> map)
    {
        string text = string.Create(value.Text.Length, (value.Text, map), static (span, state) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = state.map(state.Text[i], i);
        });
        return new StringValue(text, value.Flips);
    }
}
