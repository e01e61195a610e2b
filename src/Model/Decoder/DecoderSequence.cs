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

    public void Dispose()
    {
        foreach (var stage in _stages)
            stage.Dispose();
    }

    internal KvSequence Stage(int index) => _stages[index];
}
