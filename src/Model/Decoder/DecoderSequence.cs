namespace MoE.Model;

/// <summary>One sequence's state in a model: its keys and values in every stage. Disposing returns the blocks.</summary>
public sealed class DecoderSequence : IDisposable
{
    private readonly KvSequence[] _stages;

    internal DecoderSequence(KvSequence[] stages) => _stages = stages;

    /// <summary>Positions computed so far.</summary>
    public int Length => _stages[0].Length;

    /// <summary>Blocks of every stage's cache that <paramref name="positions"/> more positions take.</summary>
    public int BlocksToGrow(int positions) => _stages[0].BlocksToGrow(positions);

    /// <summary>
    /// Begins with what the cache still holds of earlier sequences: whole blocks with the same tokens from the first on. They are
    /// the bits that would be computed again.
    /// </summary>
    /// <param name="tokenIds">The sequence's first tokens. Empty sequences only.</param>
    /// <returns>Positions that count as computed, at most all tokens.</returns>
    public int Reuse(ReadOnlySpan<int> tokenIds)
    {
        var blocks = int.MaxValue;
        foreach (var stage in _stages)
            blocks = Math.Min(blocks, stage.Matches(tokenIds));
        foreach (var stage in _stages)
            stage.Share(tokenIds, blocks);
        return Length;
    }

    public void Dispose()
    {
        foreach (var stage in _stages)
            stage.Dispose();
    }

    internal KvSequence Stage(int index) => _stages[index];
}
