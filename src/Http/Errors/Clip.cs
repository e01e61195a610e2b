namespace MoE.Http.Errors;

/// <summary>Keeps what a client sent short before it is quoted in a message.</summary>
internal static class Clip
{
    private const int MaxChars = 80;

    public static string Text(string value)
    {
        if (value.Length <= MaxChars)
            return value;
        var end = char.IsHighSurrogate(value[MaxChars - 1]) ? MaxChars - 1 : MaxChars;
        return value[..end] + "…";
    }
}
