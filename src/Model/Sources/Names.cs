namespace MoE.Model;

/// <summary>Names from a file as an error may print them.</summary>
internal static class Names
{
    private const int MostCharacters = 80;

    /// <summary>At most 80 characters, control characters as '?'.</summary>
    public static string Printable(string name)
    {
        var text = name.Length <= MostCharacters ? name : string.Concat(name.AsSpan(0, MostCharacters), "...");
        return string.Create(text.Length, text, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? '?' : source[i];
        });
    }
}
