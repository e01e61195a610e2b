using MoE.Tokenization.Added;
using MoE.Tokenization.Bpe;
using MoE.Tokenization.Decoders;
using MoE.Tokenization.Normalizers;
using MoE.Tokenization.PreTokenizers;

namespace MoE.Tokenization;

/// <summary>What a <see cref="BpeTokenizer"/> consists of, in the order of use.</summary>
internal sealed record TokenizerParts
{
    public required Vocabulary Vocabulary { get; init; }

    public required AddedVocabulary Added { get; init; }

    public required INormalizer Normalizer { get; init; }

    public required IPreTokenizer PreTokenizer { get; init; }

    public required BpeModel Model { get; init; }

    public required TokenDecoder Decoder { get; init; }

    /// <summary>The ids that <c>addSpecial</c> puts around the text.</summary>
    public required SequenceTemplate Template { get; init; }

    public int? BosTokenId { get; init; }

    public int? EosTokenId { get; init; }
}

/// <summary>The post-processor's tokens before and after a text.</summary>
internal sealed record SequenceTemplate(IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix)
{
    public static SequenceTemplate Empty { get; } = new([], []);
}
