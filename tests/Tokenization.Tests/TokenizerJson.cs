using System.Text;
using System.Text.Json.Nodes;

namespace MoE.Tokenization.Tests;

/// <summary>Builds small <c>tokenizer.json</c> files.</summary>
internal static class TokenizerJson
{
    /// <summary>A byte-level tokenizer: the 256 bytes in code point order, then the merges' tokens in order.</summary>
    public static JsonObject ByteLevel(params string[] merges)
    {
        var vocabulary = new JsonObject();
        foreach (var c in Alphabet()) vocabulary[c.ToString()] = vocabulary.Count;
        foreach (var merge in merges)
        {
            var token = merge.Replace(" ", "", StringComparison.Ordinal);
            if (!vocabulary.ContainsKey(token)) vocabulary[token] = vocabulary.Count;
        }

        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create(merge))]),
            },
        };
    }

    /// <summary>A SentencePiece-like tokenizer of the given tokens, with all 256 byte tokens after them.</summary>
    public static JsonObject SentencePiece(string[] tokens, params string[] merges)
    {
        var json = ByteLevel(merges);
        var vocabulary = new JsonObject();
        foreach (var token in tokens.Concat(Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"))) vocabulary[token] = vocabulary.Count;
        json["model"]!["vocab"] = vocabulary;
        json["model"]!["byte_fallback"] = true;
        json["pre_tokenizer"] = null;
        json["decoder"] = JsonNode.Parse(
            """
            {"type": "Sequence", "decoders": [
              {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
              {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
            """);
        return json;
    }

    public static void AddToken(this JsonObject json, string content, int id, bool special = false, string flags = "")
    {
        var token = new JsonObject { ["id"] = id, ["content"] = content, ["special"] = special, ["normalized"] = false };
        foreach (var flag in flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)) token[flag] = true;
        json["added_tokens"]!.AsArray().Add(token);
    }

    public static Tokenizer Load(this JsonObject json, string? config = null) => TokenizerFactory.FromHuggingFace(
        Encoding.UTF8.GetBytes(json.ToJsonString()), config is null ? null : Encoding.UTF8.GetBytes(config), "test");

    /// <summary>The text of each id.</summary>
    public static string[] Pieces(this Tokenizer tokenizer, string text, bool parseSpecial = true) =>
        [.. tokenizer.Encode(text, parseSpecial: parseSpecial).Select(tokenizer.TokenText)];

    public static IEnumerable<char> Alphabet() => Enumerable.Range(0, 256).Select(b => Bpe.ByteAlphabet.ToChar((byte)b)).Order();
}
