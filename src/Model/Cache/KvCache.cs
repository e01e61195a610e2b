namespace MoE.Model;

/// <summary>A bounded pool of cache blocks for one stage. Blocks are allocated on first use and kept. Not thread-safe: the engine's thread owns it.</summary>
public sealed class KvCache
{
    private readonly Stack<float[]> _free = [];
    private int _allocated;

    /// <param name="layout">What a block holds.</param>
    /// <param name="maxBlocks">Bound, at least 1.</param>
    public KvCache(KvLayout layout, int maxBlocks)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBlocks, 1);
        Layout = layout;
        MaxBlocks = maxBlocks;
    }

    public KvLayout Layout { get; }

    public int MaxBlocks { get; }

    /// <summary>Blocks that can still be rented.</summary>
    public int FreeBlocks => MaxBlocks - _allocated + _free.Count;

    /// <summary>An empty sequence in this cache.</summary>
    public KvSequence CreateSequence() => new(this);

    /// <exception cref="InvalidOperationException">All blocks are in use; the scheduler admits by <see cref="FreeBlocks"/>.</exception>
    internal float[] Rent()
    {
        if (_free.TryPop(out var block))
            return block;
        if (_allocated == MaxBlocks)
            throw new InvalidOperationException($"all {MaxBlocks} KV cache blocks are in use");
        _allocated++;
        return GC.AllocateUninitializedArray<float>(Layout.BlockFloats, pinned: true);
    }

    internal void Return(float[] block) => _free.Push(block);
}
