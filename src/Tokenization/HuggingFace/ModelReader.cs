using System.Text.Json;
using MoE.Tokenization.Bpe;

namespace MoE.Tokenization.HuggingFace;

/// <summary>Reads <c>model</c>.</summary>
internal static class ModelReader
{
    /// <summary>The largest id that a vocabulary may hold; published ones stay below 300,000.</summary>
    public const int MaxId = (1 << 22) - 1;

    private const int MaxMerges = 1 << 23;

    public static (BpeModel Model, Vocabulary Vocabulary) Read(JsonField field)
    {
        // Files of older versions name no type.
        if ((field["type"].StringOrNull() ?? "BPE") != "BPE") throw field["type"].Unsupported("BPE");
        RequireEmpty(field["continuing_subword_prefix"]);
        RequireEmpty(field["end_of_word_suffix"]);
        var dropout = field["dropout"];
        if (!dropout.IsNull && !(dropout.Value.ValueKind == JsonValueKind.Number && dropout.Value.GetDouble() == 0)) throw dropout.Unsupported("null, 0");

        var vocabulary = new Vocabulary(ReadVocabulary(field["vocab"]));
        var merges = ReadMerges(field["merges"], vocabulary);
        var unknown = field["unk_token"];
        int? unknownId = null;
        if (unknown.StringOrNull() is { } text)
            unknownId = vocabulary.TryGetId(text, out var id) ? id : throw unknown.Fail("is not in the vocabulary");

        var model = new BpeModel(vocabulary, merges)
        {
            UnknownId = unknownId,
            FuseUnknown = field["fuse_unk"].Bool(false),
            IgnoreMerges = field["ignore_merges"].Bool(false),
            ByteFallback = field["byte_fallback"].Bool(false),
        };
        return (model, vocabulary);
    }

    private static Dictionary<string, int> ReadVocabulary(JsonField field)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (var (token, value) in field.Members())
        {
            var id = value.Int(MaxId);
            if (!ids.TryAdd(token, id)) throw value.Fail("the token is there twice");
            if (!taken.Add(id)) throw value.Fail("the id is there twice");
        }

        return ids.Count > 0 ? ids : throw field.Fail("the vocabulary is empty");
    }

    private static MergeTable ReadMerges(JsonField field, Vocabulary vocabulary)
    {
        var count = field.Value.ValueKind == JsonValueKind.Array ? field.Value.GetArrayLength() : throw field.Fail("expected an array");
        if (count > MaxMerges) throw new TokenizerFormatException($"{field.Path}: {count} merges; at most {MaxMerges} are supported");
        var builder = new MergeTableBuilder(vocabulary, count);
        foreach (var item in field.Items())
        {
            var (left, right) = ReadPair(item);
            if (builder.TryAdd(left, right) is { } problem) throw item.Fail(problem);
        }

        return builder.Build();
    }

    private static (string Left, string Right) ReadPair(JsonField item)
    {
        if (item.Value.ValueKind == JsonValueKind.String)
        {
            var parts = item.String().Split(' ');
            return parts.Length == 2 ? (parts[0], parts[1]) : throw item.Fail("expected two tokens with one space between them");
        }

        JsonField[] pair = [.. item.Items()];
        return pair.Length == 2 ? (pair[0].String(), pair[1].String()) : throw item.Fail("expected two tokens");
    }

    private static void RequireEmpty(JsonField field)
    {
        if (!string.IsNullOrEmpty(field.StringOrNull())) throw field.Unsupported("null");
    }
}
