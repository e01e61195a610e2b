using MoE.Kernels;

namespace MoE.Model;

/// <summary>A bounded pool of cache blocks for one stage. Not thread-safe: the engine's thread owns it.</summary>
public sealed class KvCache
{
    /// <param name="layout">What a block holds.</param>
    /// <param name="maxBlocks">Bound, at least 1.</param>
    /// <param name="sharesPrefixes">Whether full blocks are remembered for other sequences.</param>
    public KvCache(KvLayout layout, int maxBlocks, bool sharesPrefixes)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Layout = layout;
        SharesPrefixes = sharesPrefixes;
        Memory = new KvMemory(maxBlocks, layout.BlockValues, layout.Type);
        Pool = new BlockPool(maxBlocks, KvLayout.BlockPositions);
    }

    public KvLayout Layout { get; }

    public int MaxBlocks => Pool.MaxBlocks;

    /// <summary>Blocks that can still be rented.</summary>
    public int FreeBlocks => Pool.FreeBlocks;

    /// <summary>Bytes of the blocks that were ever in use: those that memory was taken for.</summary>
    public long Bytes => Pool.Blocks * Memory.BlockBytes;

    internal bool SharesPrefixes { get; }

    internal BlockPool Pool { get; }

    /// <summary>Every block's keys and values.</summary>
    internal KvMemory Memory { get; }

    /// <summary>An empty sequence in this cache.</summary>
    public KvSequence CreateSequence() => new(this);
}
