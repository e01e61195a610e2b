namespace MoE.Model;

/// <summary>A byte-level vocabulary of any size: the 256 bytes, numbered words, and one end token. Any text can be encoded.</summary>
internal static class SyntheticVocabulary
{
    private const string EndToken = "<|endoftext|>";
    private const int Normal = 1;
    private const int Control = 3;

    /// <param name="writer">Gets the tokenizer's keys.</param>
    /// <param name="size">Tokens, at least 258.</param>
    public static void AddTo(GgufWriter writer, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 258);
        var tokens = new List<string>(size);
        for (var value = 0; value < 256; value++)
            tokens.Add(ByteCharacter(value).ToString());
        tokens.Add("\u0120w");
        while (tokens.Count < size - 1)
            tokens.Add($"\u0120w{tokens.Count}");
        tokens.Add(EndToken);
        var types = new int[size];
        Array.Fill(types, Normal);
        types[^1] = Control;
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", "gpt-2");
        writer.Add("tokenizer.ggml.tokens", tokens);
        writer.Add("tokenizer.ggml.token_type", types);
        writer.Add("tokenizer.ggml.merges", ["\u0120 w"]);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)(size - 1));
        writer.Add("tokenizer.ggml.add_bos_token", false);
    }

    /// <summary>GPT-2's printable stand-in of a byte (openai/gpt-2, encoder.py, bytes_to_unicode).</summary>
    private static char ByteCharacter(int value)
    {
        if (value is (>= '!' and <= '~') or (>= '¡' and <= '¬') or (>= '®' and <= 'ÿ'))
            return (char)value;
        var rank = value switch
        {
            < '!' => value,
            < '¡' => value - '~' - 1 + '!',
            _ => '!' + ('¡' - '~' - 1),
        };
        return (char)(256 + rank);
    }
}
