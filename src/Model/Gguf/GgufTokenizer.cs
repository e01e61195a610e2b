using MoE.Tokenization;

namespace MoE.Model;

/// <summary>The <c>tokenizer.*</c> and <c>general.sampling.*</c> keys.</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";
    private const int Control = 3;
    private const int UserDefined = 4;

    /// <summary>Tokens that end a turn or a text in the models' chat formats; llama.cpp finds them by their text too.</summary>
    private static readonly HashSet<string> s_endTokens =
        ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<end_of_turn>"];

    /// <exception cref="ModelFormatException">The vocabulary is missing or its arrays do not fit each other.</exception>
    public static GgufVocabulary Vocabulary(GgufMetadata metadata, int vocabSize)
    {
        var tokens = metadata.Array<string>(Prefix + "tokens") ?? throw metadata.Missing(Prefix + "tokens");
        if (tokens.Length > vocabSize)
            throw new ModelFormatException($"{metadata.File}: {Prefix}tokens has {tokens.Length} entries; '{GgufWeightNames.TokenEmbedding}' has {vocabSize} rows");
        return new GgufVocabulary
        {
            Model = metadata.String(Prefix + "model") ?? throw metadata.Missing(Prefix + "model"),
            Pre = metadata.String(Prefix + "pre"),
            Tokens = tokens,
            Scores = Same(metadata, "scores", metadata.Array<float>(Prefix + "scores"), tokens.Length),
            TokenTypes = Same(metadata, "token_type", metadata.IntArray(Prefix + "token_type"), tokens.Length),
            Merges = metadata.Array<string>(Prefix + "merges"),
            BosTokenId = Id(metadata, "bos_token_id", tokens.Length),
            EosTokenId = Id(metadata, "eos_token_id", tokens.Length),
            UnknownTokenId = Id(metadata, "unknown_token_id", tokens.Length),
            AddBosToken = metadata.Bool(Prefix + "add_bos_token"),
            AddEosToken = metadata.Bool(Prefix + "add_eos_token"),
            AddSpacePrefix = metadata.Bool(Prefix + "add_space_prefix"),
        };
    }

    public static GenerationDefaults Generation(GgufMetadata metadata, GgufVocabulary vocabulary) => new()
    {
        EosTokenIds = EndTokens(metadata, vocabulary),
        // llama.cpp's negative ones are greedy too.
        Temperature = metadata.Float("general.sampling.temp") is { } temperature ? Math.Max(0, temperature) : null,
        TopK = metadata.Int("general.sampling.top_k", int.MinValue, int.MaxValue) is { } topK ? Math.Max(0, topK) : null,
        TopP = metadata.Float("general.sampling.top_p", 0, 1),
        MinP = metadata.Float("general.sampling.min_p", 0, 1),
        RepetitionPenalty = metadata.Float("general.sampling.penalty_repeat", 0.01f, 10),
    };

    private static List<int> EndTokens(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        var ids = new List<int>();
        foreach (var key in new[] { "eos_token_id", "eot_token_id", "eom_token_id" })
        {
            if (Id(metadata, key, vocabulary.Tokens.Count) is { } id && !ids.Contains(id))
                ids.Add(id);
        }

        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (s_endTokens.Contains(vocabulary.Tokens[id])
                && (vocabulary.TokenTypes is null || vocabulary.TokenTypes[id] is Control or UserDefined)
                && !ids.Contains(id))
            {
                ids.Add(id);
            }
        }

        return ids;
    }

    private static T[]? Same<T>(GgufMetadata metadata, string name, T[]? array, int length) => array is null || array.Length == length
        ? array
        : throw new ModelFormatException($"{metadata.File}: {Prefix}{name} has {array.Length} entries; {Prefix}tokens has {length}");

    private static int? Id(GgufMetadata metadata, string name, int count)
    {
        // Converters write 2^32 - 1 for a token that the model does not have.
        if (metadata.Raw(Prefix + name) is uint.MaxValue)
            return null;
        return metadata.Int(Prefix + name, 0, count - 1);
    }
}
