using MoE.Tokenization.Gguf;
using MoE.Tokenization.HuggingFace;

namespace MoE.Tokenization;

/// <summary>Builds tokenizers from what model files carry.</summary>
public static class TokenizerFactory
{
    /// <param name="tokenizerJson">Bytes of <c>tokenizer.json</c>.</param>
    /// <param name="tokenizerConfigJson">Bytes of <c>tokenizer_config.json</c>, or null.</param>
    /// <param name="source">Name for error messages.</param>
    /// <exception cref="TokenizerFormatException">One line: the file, the field, the value, what is supported.</exception>
    public static Tokenizer FromHuggingFace(ReadOnlyMemory<byte> tokenizerJson, ReadOnlyMemory<byte>? tokenizerConfigJson, string source) =>
        TokenizerJsonReader.Read(tokenizerJson, tokenizerConfigJson, source);

    /// <inheritdoc cref="FromHuggingFace"/>
    public static Tokenizer FromGguf(GgufVocabulary vocabulary, string source) => GgufTokenizerReader.Read(vocabulary, source);
}
