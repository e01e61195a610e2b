using System.Buffers;
using System.Text;
using MoE.Tokenization.Normalizers;
using MoE.Tokenization.Regex;

namespace MoE.Tokenization.Added;

/// <summary>Cuts added tokens out of a text, the leftmost and longest first, as Hugging Face's <c>AddedVocabulary</c> does.</summary>
internal sealed class AddedVocabulary
{
    /// <summary>The longest added token, in UTF-16 units; it bounds the cost of a search at one place.</summary>
    public const int MaxTokenChars = 4096;

    private readonly TokenTrie _raw = new();
    private readonly TokenTrie _normalized = new();
    private readonly Dictionary<int, AddedToken> _byId = [];

    public AddedVocabulary(IReadOnlyCollection<AddedToken> tokens, INormalizer normalizer)
    {
        Tokens = tokens;
        foreach (var token in tokens)
        {
            _byId.Add(token.Id, token);
            var spelled = token.Normalized ? normalizer.Normalize(token.Content) : token.Content;
            if (spelled.Length > 0) (token.Normalized ? _normalized : _raw).Add(spelled, token);
        }
    }

    public IReadOnlyCollection<AddedToken> Tokens { get; }

    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>Cuts out the tokens that are looked for in the raw text.</summary>
    public List<Segment> SplitRaw(string text, bool parseSpecial) => Split(text, _raw, parseSpecial);

    /// <summary>Cuts out the tokens that are looked for in the normalized text.</summary>
    public List<Segment> SplitNormalized(string text, bool parseSpecial) => Split(text, _normalized, parseSpecial);

    private static List<Segment> Split(string text, TokenTrie trie, bool parseSpecial)
    {
        var segments = new List<Segment>();
        var done = 0;
        for (var position = 0; position < text.Length;)
        {
            if (trie.LongestAt(text.AsSpan(position), out var length) is not { } token)
            {
                position++;
                continue;
            }

            var (start, end) = (position, position + length);
            position = end;
            if (token.Special && !parseSpecial) continue;
            if (token.SingleWord && (WordBefore(text, start) || WordAfter(text, end))) continue;

            if (token.LStrip)
            {
                while (start > done && char.IsWhiteSpace(text[start - 1])) start--;
            }

            if (token.RStrip)
            {
                while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            }

            if (start > done) segments.Add(new Segment(done, start, null));
            segments.Add(new Segment(start, end, token));
            done = end;
        }

        if (done < text.Length) segments.Add(new Segment(done, text.Length, null));
        return segments;
    }

    private static bool WordBefore(string text, int position) =>
        Rune.DecodeLastFromUtf16(text.AsSpan(0, position), out var rune, out _) == OperationStatus.Done && CodePointSet.Word.Contains(rune.Value);

    private static bool WordAfter(string text, int position) =>
        Rune.DecodeFromUtf16(text.AsSpan(position), out var rune, out _) == OperationStatus.Done && CodePointSet.Word.Contains(rune.Value);
}

/// <summary>A part of a text: an added token, or text for the model where <paramref name="Token"/> is null.</summary>
internal readonly record struct Segment(int Start, int End, AddedToken? Token);
