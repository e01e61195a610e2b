using MoE.Model;

namespace MoE.Engine;

/// <summary>The arithmetic that an engine schedules. One thread at a time.</summary>
public interface IForwardPass
{
    /// <summary>V: columns of a logits row.</summary>
    int VocabSize { get; }

    /// <summary>Positions of one cache block.</summary>
    int BlockPositions { get; }

    /// <summary>Bound on the cache, in blocks.</summary>
    int MaxBlocks { get; }

    /// <summary>Blocks that can still be taken.</summary>
    int FreeBlocks { get; }

    /// <summary>Bytes of the blocks that were ever in use.</summary>
    long CacheBytes { get; }

    IForwardSequence CreateSequence();

    /// <summary>Computes the chunks and appends them to their sequences.</summary>
    /// <returns>The wanted rows of logits, [rows, V], chunk by chunk; valid until the next call.</returns>
    /// <exception cref="ExpertsUnavailableException">A layer could not be computed; no sequence has grown.</exception>
    ReadOnlyMemory<float> Forward(IReadOnlyList<ForwardChunk> chunks);
}

/// <summary>One sequence's keys and values. Disposing gives its blocks back.</summary>
public interface IForwardSequence : IDisposable
{
    /// <summary>Positions computed.</summary>
    int Length { get; }

    /// <summary>Blocks that <paramref name="positions"/> more positions take.</summary>
    int BlocksToGrow(int positions);

    /// <summary>Begins with what is left of earlier sequences with the same first tokens.</summary>
    /// <param name="tokenIds">The sequence's first tokens; it is empty so far.</param>
    /// <returns>Positions that count as computed, at most all tokens.</returns>
    int Reuse(ReadOnlySpan<int> tokenIds);
}

/// <summary>The next tokens of one sequence.</summary>
public sealed record ForwardChunk(IForwardSequence Sequence, ReadOnlyMemory<int> TokenIds, LogitsWanted Logits);
