namespace MoE.Model;

/// <summary>A bounded pool of cache blocks for one stage. Blocks are allocated on first use and kept. Not thread-safe: the engine's thread owns it.</summary>
public sealed class KvCache
{
    private readonly List<float[]> _blocks = [];

    /// <param name="layout">What a block holds.</param>
    /// <param name="maxBlocks">Bound, at least 1.</param>
    /// <param name="sharesPrefixes">Whether full blocks are remembered for other sequences.</param>
    public KvCache(KvLayout layout, int maxBlocks, bool sharesPrefixes = true)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Layout = layout;
        SharesPrefixes = sharesPrefixes;
        Pool = new BlockPool(maxBlocks, KvLayout.BlockPositions);
    }

    public KvLayout Layout { get; }

    public int MaxBlocks => Pool.MaxBlocks;

    /// <summary>Blocks that can still be rented.</summary>
    public int FreeBlocks => Pool.FreeBlocks;

    internal bool SharesPrefixes { get; }

    internal BlockPool Pool { get; }

    /// <summary>An empty sequence in this cache.</summary>
    public KvSequence CreateSequence() => new(this);

    /// <summary>A block's keys and values.</summary>
    internal float[] Block(int id)
    {
        // Ids are given out one after the other; one whose allocation failed is made up for.
        while (id >= _blocks.Count)
            _blocks.Add(GC.AllocateUninitializedArray<float>(Layout.BlockFloats, pinned: true));
        return _blocks[id];
    }
}
