namespace MoE.Kernels;

/// <summary>Neighbouring tokens of one sequence, each with the queries that share a key-value head.</summary>
/// <param name="Tokens">Tokens, at least 1.</param>
/// <param name="Group">Queries of a token.</param>
/// <param name="Stride">Floats from a token's queries to the next token's.</param>
/// <param name="FirstPosition">The first token's position.</param>
/// <param name="Window">Most positions that a query sees, its own included; null for all.</param>
/// <param name="Scale">Factor on the scores, usually 1/√D.</param>
public readonly record struct AttentionShape(int Tokens, int Group, int Stride, int FirstPosition, int? Window, float Scale)
{
    /// <summary>Queries that go through the cache together: it is read once for so many.</summary>
    internal const int RowsAtOnce = 16;

    /// <summary>Floats of the buffer: the scores of the queries that go together, and a block of keys or values.</summary>
    /// <param name="headDim">D.</param>
    public int ScratchFloats(int headDim) => checked(RowsAtOnce * ScoreStride + KvHead.BlockPositions * headDim);

    /// <summary>Scores of a query, by position, rounded up to whole blocks.</summary>
    internal int ScoreStride =>
        (FirstPosition + Tokens + KvHead.BlockPositions - 1) / KvHead.BlockPositions * KvHead.BlockPositions;

    /// <summary>The first position that a token sees.</summary>
    internal int FirstPositionOf(int token) => Window is { } window ? Math.Max(0, FirstPosition + token + 1 - window) : 0;
}
