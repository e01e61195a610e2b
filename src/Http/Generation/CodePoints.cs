namespace MoE.Http.Generation;

/// <summary>Counts what OpenAI's offsets count.</summary>
internal static class CodePoints
{
    public static int Count(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
