using System.Text;

namespace MoE.Tokenization.Bpe;

/// <summary>Byte-pair encoding of one piece, with what Hugging Face's <c>BPE</c> model does for characters that are no token.</summary>
internal sealed class BpeModel(Vocabulary vocabulary, MergeTable merges)
{
    private readonly int[]? _byteTokens;

    /// <summary>The token for characters that have none; null drops them.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether neighbouring unknown characters become one unknown token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether a piece that is a token as a whole is taken as that token.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Whether a character that is no token becomes its bytes' tokens, <c>&lt;0xXX&gt;</c>.</summary>
    public bool ByteFallback
    {
        init => _byteTokens = value ? vocabulary.ByteTokenIds() : null;
    }

    public BpeMerger CreateMerger() => new(merges);

    public void Encode(ReadOnlySpan<char> piece, BpeMerger merger, List<int> output)
    {
        if (IgnoreMerges && vocabulary.TryGetId(piece, out var whole))
        {
            output.Add(whole);
            return;
        }

        var unknownPending = false;
        for (var start = 0; start < piece.Length;)
        {
            var width = char.IsHighSurrogate(piece[start]) && start + 1 < piece.Length ? 2 : 1;
            var character = piece.Slice(start, width);
            start += width;
            if (vocabulary.TryGetId(character, out var id))
            {
                if (unknownPending) merger.Add(UnknownId!.Value);
                unknownPending = false;
                merger.Add(id);
                continue;
            }

            // As in Hugging Face tokenizers, byte tokens do not end a run of unknown characters.
            if (TryAddBytes(character, merger) || UnknownId is not { } unknown) continue;
            if (unknownPending && !FuseUnknown) merger.Add(unknown);
            unknownPending = true;
        }

        if (unknownPending) merger.Add(UnknownId!.Value);
        merger.Flush(output);
    }

    private bool TryAddBytes(ReadOnlySpan<char> character, BpeMerger merger)
    {
        if (_byteTokens is null) return false;
        Span<byte> utf8 = stackalloc byte[4];
        utf8 = utf8[..Encoding.UTF8.GetBytes(character, utf8)];
        foreach (var b in utf8)
        {
            if (_byteTokens[b] < 0) return false;
        }

        foreach (var b in utf8) merger.Add(_byteTokens[b]);
        return true;
    }
}
