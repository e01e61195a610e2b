using System.Text;
using MoE.Tokenization.Bpe;
using MoE.Tokenization.Decoders;
using MoE.Tokenization.PreTokenizers;

namespace MoE.Tokenization;

/// <summary>A byte-pair tokenizer: added tokens, normalizer, pre-tokenizer, merges, template; and the decoder for the way back.</summary>
internal sealed class BpeTokenizer : Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly string?[] _texts;

    public BpeTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        var largest = parts.Vocabulary.Ids.Values.Concat(parts.Added.Tokens.Select(token => token.Id)).Max();
        _texts = new string?[largest + 1];
        foreach (var (text, id) in parts.Vocabulary.Ids) _texts[id] = text;
        foreach (var token in parts.Added.Tokens) _texts[token.Id] = token.Content;
    }

    public override int VocabSize => _texts.Length;

    public override int? BosTokenId => _parts.BosTokenId;

    public override int? EosTokenId => _parts.EosTokenId;

    public override int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true, int maxTokens = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        var merger = _parts.Model.CreateMerger();
        if (addSpecial) ids.AddRange(_parts.Template.Prefix);
        text = WellFormed(text);
        foreach (var segment in _parts.Added.SplitRaw(text, parseSpecial))
        {
            if (ids.Count > maxTokens) return [.. ids];
            if (segment.Token is { } token) ids.Add(token.Id);
            else EncodeText(text[segment.Start..segment.End], segment.Start == 0, parseSpecial, maxTokens, merger, ids);
        }

        if (addSpecial) ids.AddRange(_parts.Template.Suffix);
        return [.. ids];
    }

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var decoder = CreateStreamDecoder(skipSpecial);
        var text = new StringBuilder();
        foreach (var id in ids) text.Append(decoder.Add(id));
        return text.Append(decoder.Finish()).ToString();
    }

    public override ReadOnlyMemory<byte> TokenBytes(int id) => _parts.Decoder.TokenBytes(TokenText(id));

    public override string TokenText(int id) => FindText(id) ?? "";

    public override bool IsSpecial(int id)
    {
        FindText(id);
        return _parts.Added.Find(id) is { Special: true };
    }

    public override StreamDecoder CreateStreamDecoder(bool skipSpecial = true) => new ChainStreamDecoder(this, _parts.Decoder, skipSpecial);

    /// <returns>The token, or null for a hole in the vocabulary.</returns>
    internal string? FindText(int id)
    {
        if ((uint)id >= (uint)_texts.Length) throw new ArgumentOutOfRangeException(nameof(id), id, $"the vocabulary has ids 0 to {_texts.Length - 1}");
        return _texts[id];
    }

    private void EncodeText(string raw, bool atStart, bool parseSpecial, int maxTokens, BpeMerger merger, List<int> ids)
    {
        var text = _parts.Normalizer.Normalize(raw);
        foreach (var segment in _parts.Added.SplitNormalized(text, parseSpecial))
        {
            if (segment.Token is { } token)
            {
                ids.Add(token.Id);
                continue;
            }

            var piece = new Piece(text.AsMemory(segment.Start, segment.End - segment.Start), atStart && segment.Start == 0);
            foreach (var split in _parts.PreTokenizer.Split([piece]))
            {
                if (ids.Count > maxTokens) return;
                _parts.Model.Encode(split.Text.Span, merger, ids);
            }
        }
    }

    private static string WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        }

        return text;
    }
}
