using MoE.Tokenization.PreTokenizers;
using MoE.Tokenization.Regex;

namespace MoE.Tokenization.Gguf;

/// <summary>What a name in <c>tokenizer.ggml.pre</c> stands for (llama.cpp <c>llama-vocab.cpp</c>).</summary>
/// <param name="Patterns">Splits, one after the other.</param>
/// <param name="IgnoreMerges">Whether a piece that is a token as a whole is taken as that token.</param>
/// <param name="AddBos">Whether a BOS leads where the file does not say.</param>
internal sealed record PreTokenizerNames(IReadOnlyList<string> Patterns, bool IgnoreMerges = false, bool AddBos = false)
{
    public const string Supported =
        "default, gpt-2, phi-2, olmo, mpt, jais, qwen2, deepseek-r1-qwen, megrez, stablelm2, hunyuan, "
        + "llama-bpe, llama3, llama-v3, falcon3, falcon-h1, pixtral, lfm2, dbrx, smaug-bpe, starcoder, refact, command-r, smollm, codeshell, exaone";

    /// <returns>Null for an unknown name.</returns>
    public static PreTokenizerNames? Find(string? name) => name switch
    {
        null or "" or "default" => new PreTokenizerNames(KnownPatterns.Default),
        "gpt-2" or "phi-2" or "olmo" or "mpt" or "jais" => new PreTokenizerNames([KnownPatterns.Gpt2]),
        "qwen2" or "deepseek-r1-qwen" or "megrez" or "stablelm2" or "hunyuan" => new PreTokenizerNames([KnownPatterns.Qwen2]),
        "llama-bpe" or "llama3" or "llama-v3" or "falcon3" or "falcon-h1" or "pixtral" or "lfm2" =>
            new PreTokenizerNames([KnownPatterns.Llama3], IgnoreMerges: true, AddBos: true),
        "dbrx" or "smaug-bpe" => new PreTokenizerNames([KnownPatterns.Llama3]),
        "starcoder" or "refact" or "command-r" or "smollm" or "codeshell" or "exaone" => new PreTokenizerNames(KnownPatterns.DigitsThenGpt2),
        _ => null,
    };

    public IPreTokenizer CreatePreTokenizer()
    {
        IEnumerable<IPreTokenizer> splits = Patterns.Select(
            pattern => new SplitPreTokenizer(CodePointRegex.Parse(pattern), SplitBehavior.Isolated, invert: false));
        return new SequencePreTokenizer([.. splits, new ByteLevelPreTokenizer(addPrefixSpace: false, useRegex: false)]);
    }
}
