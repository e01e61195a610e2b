using System.Globalization;
using MoE.Tokenization.Added;
using MoE.Tokenization.Bpe;

namespace MoE.Tokenization.HuggingFace;

/// <summary>Collects added tokens from <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.</summary>
internal sealed class AddedTokenReader
{
    private const int MaxTokens = 1 << 18;

    private readonly Vocabulary _vocabulary;
    private readonly Dictionary<int, string> _textOfId;
    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);

    public AddedTokenReader(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _textOfId = vocabulary.Ids.ToDictionary(pair => pair.Value, pair => pair.Key);
    }

    public IReadOnlyCollection<AddedToken> Tokens => _tokens.Values;

    /// <summary>Reads <c>added_tokens</c> of <c>tokenizer.json</c>.</summary>
    public void ReadList(JsonField field)
    {
        if (field.IsNull) return;
        foreach (var item in field.Items()) Add(item, item["id"].Int(ModelReader.MaxId));
    }

    /// <summary>Reads <c>added_tokens_decoder</c> of <c>tokenizer_config.json</c>; what <c>tokenizer.json</c> has already, stays as it is.</summary>
    public void ReadDecoder(JsonField field)
    {
        if (field.IsNull) return;
        foreach (var (name, item) in field.Members())
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id > ModelReader.MaxId)
                throw item.Fail($"expected an id of 0 to {ModelReader.MaxId} as the name");
            if (!_tokens.ContainsKey(item["content"].String())) Add(item, id);
        }
    }

    /// <summary>Makes a token that the configuration names, and the vocabulary has, a special one.</summary>
    /// <returns>Its id; null where the field is null or the token unknown.</returns>
    public int? ReadNamed(JsonField field)
    {
        if (field.IsNull) return null;
        var content = field.Value.ValueKind == System.Text.Json.JsonValueKind.Object ? field["content"].String() : field.String();
        if (_tokens.TryGetValue(content, out var token)) return token.Id;
        if (!_vocabulary.TryGetId(content, out var id)) return null;
        _tokens.Add(content, new AddedToken(id, content, SingleWord: false, LStrip: false, RStrip: false, Normalized: false, Special: true));
        return id;
    }

    private void Add(JsonField item, int id)
    {
        var content = item["content"].String();
        if (content.Length > AddedVocabulary.MaxTokenChars) throw item["content"].Fail($"longer than {AddedVocabulary.MaxTokenChars} characters");
        if (_tokens.Count == MaxTokens) throw item.Fail($"more than {MaxTokens} added tokens");
        if (_vocabulary.TryGetId(content, out var modelId) && modelId != id) throw item.Fail($"the vocabulary gives the token id {modelId}, not {id}");
        if (_textOfId.TryGetValue(id, out var other) && other != content) throw item.Fail($"id {id} is taken by '{other}'");

        var special = item["special"].Bool(false);
        var token = new AddedToken(
            id, content, item["single_word"].Bool(false), item["lstrip"].Bool(false), item["rstrip"].Bool(false), item["normalized"].Bool(!special), special);
        if (!_tokens.TryAdd(content, token)) throw item.Fail("the token is there twice");
        _textOfId[id] = content;
    }
}
