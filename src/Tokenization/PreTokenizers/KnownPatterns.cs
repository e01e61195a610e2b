namespace MoE.Tokenization.PreTokenizers;

/// <summary>The patterns that GGUF files name in <c>tokenizer.ggml.pre</c> instead of carrying (llama.cpp <c>llama-vocab.cpp</c>).</summary>
internal static class KnownPatterns
{
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public const string Qwen2 = Contractions
        + @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Llama3 = Contractions
        + @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Contractions = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|";

    /// <summary>llama.cpp's pattern for files whose <c>pre</c> is <c>default</c> or missing, one split after the other.</summary>
    public static IReadOnlyList<string> Default { get; } = [@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"];

    public static IReadOnlyList<string> DigitsThenGpt2 { get; } = [@"\p{N}", Gpt2];
}
