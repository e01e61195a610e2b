using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// Where keys and values stand in a cache block. A block holds <see cref="BlockPositions"/> positions of every layer of a
/// stage: per layer first the keys, head by head, column by column; then the values, position by position, head by head.
/// </summary>
public sealed class KvLayout
{
    /// <summary>Positions of one block, as vLLM's default for CPUs is a small power of two.</summary>
    public const int BlockPositions = KvHead.BlockPositions;

    /// <param name="layers">Layers of the stage.</param>
    /// <param name="keyValueHeads">Heads of a key row.</param>
    /// <param name="headDim">Columns of a head.</param>
    public KvLayout(int layers, int keyValueHeads, int headDim)
    {
        RowFloats = keyValueHeads * headDim;
        HeadDim = headDim;
        BlockFloats = checked(layers * 2 * BlockPositions * RowFloats);
    }

    /// <summary>Columns of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Floats of one position's keys (or values) in one layer.</summary>
    public int RowFloats { get; }

    /// <summary>Floats of one block.</summary>
    public int BlockFloats { get; }

    /// <summary>Bytes of one block.</summary>
    public long BlockBytes => (long)BlockFloats * sizeof(float);

    /// <summary>Offset in a block of a head's keys in a layer.</summary>
    public int KeyOffset(int layer, int head) => (layer * 2 * RowFloats + head * HeadDim) * BlockPositions;

    /// <summary>Offset in a block of a head's values in a layer, for the block's first position.</summary>
    public int ValueOffset(int layer, int head) => ((layer * 2 + 1) * RowFloats + head * HeadDim) * BlockPositions;

    /// <summary>Blocks that hold <paramref name="positions"/> positions.</summary>
    public static int BlocksFor(int positions) => (positions + BlockPositions - 1) / BlockPositions;
}
