namespace MoE.Tokenization;

/// <summary>The <c>tokenizer.ggml.*</c> keys of a GGUF file.</summary>
public sealed record GgufVocabulary
{
    /// <summary>tokenizer.ggml.model: <c>gpt2</c> (byte-level BPE) or <c>llama</c> (SentencePiece BPE).</summary>
    public required string Model { get; init; }

    /// <summary>tokenizer.ggml.pre, or null.</summary>
    public string? Pre { get; init; }

    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>tokenizer.ggml.scores, same length as the tokens, or null.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>tokenizer.ggml.token_type (1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte), or null.</summary>
    public IReadOnlyList<int>? TokenTypes { get; init; }

    /// <summary>tokenizer.ggml.merges, "a b" each, or null.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    public int? BosTokenId { get; init; }

    public int? EosTokenId { get; init; }

    public int? UnknownTokenId { get; init; }

    public bool? AddBosToken { get; init; }

    public bool? AddEosToken { get; init; }

    public bool? AddSpacePrefix { get; init; }
}
