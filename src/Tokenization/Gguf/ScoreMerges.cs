using MoE.Tokenization.Bpe;

namespace MoE.Tokenization.Gguf;

/// <summary>
/// SentencePiece's merges, which a vocabulary of scores implies: two neighbours merge where their concatenation is a token, the highest
/// score first, equal ones from left to right (llama.cpp <c>llm_tokenizer_spm</c>).
/// </summary>
internal static class ScoreMerges
{
    /// <summary>Longer tokens are reached by no merge; it bounds the splits tried.</summary>
    private const int MaxTokenChars = 4096;

    public static MergeTable Create(IReadOnlyList<string> tokens, IReadOnlyList<float> scores, Func<int, int> typeOf)
    {
        // Control and byte tokens never come out of text.
        int[] ids = [.. Enumerable.Range(0, tokens.Count).Where(id => tokens[id].Length > 0 && typeOf(id) is not (GgufTokenType.Unknown or GgufTokenType.Control or GgufTokenType.Byte))];
        var mergeable = new Vocabulary(ids.ToDictionary(id => tokens[id], StringComparer.Ordinal));
        float[] ordered = [.. ids.Select(id => scores[id]).Distinct().OrderDescending()];
        var ranks = ordered.Select((score, rank) => (score, rank)).ToDictionary(pair => pair.score, pair => pair.rank);

        var table = new MergeTable(tokens.Count);
        foreach (var id in ids)
        {
            var token = tokens[id].AsSpan();
            if (token.Length > MaxTokenChars) continue;
            for (var cut = 1; cut < token.Length; cut++)
            {
                if (mergeable.TryGetId(token[..cut], out var left) && mergeable.TryGetId(token[cut..], out var right))
                    table.Set(left, right, ranks[scores[id]], id);
            }
        }

        return table;
    }
}
