using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// Where keys and values stand in a cache block. A block holds <see cref="BlockPositions"/> positions of every layer of a
/// stage: per layer first the keys, head by head, column by column; then the values, head by head, position by position.
/// What a head reads of a block is in one piece each, as memory is read fastest.
/// </summary>
public sealed class KvLayout
{
    /// <summary>Positions of one block, as vLLM's default for CPUs is a small power of two.</summary>
    public const int BlockPositions = KvHead.BlockPositions;

    /// <summary>Numbers of one position's keys (or values) in one layer.</summary>
    private readonly int _rowValues;

    /// <param name="layers">Layers of the stage.</param>
    /// <param name="keyValueHeads">Heads of a key row.</param>
    /// <param name="headDim">Columns of a head.</param>
    /// <param name="type">How a key's or value's numbers are stored: one of <see cref="KvMemory.Types"/>.</param>
    public KvLayout(int layers, int keyValueHeads, int headDim, WeightType type)
    {
        _rowValues = keyValueHeads * headDim;
        HeadDim = headDim;
        Type = type;
        BlockValues = checked(layers * 2 * BlockPositions * _rowValues);
    }

    /// <summary>Columns of a head.</summary>
    public int HeadDim { get; }

    public WeightType Type { get; }

    /// <summary>Numbers of one block.</summary>
    public int BlockValues { get; }

    /// <summary>Bytes of one block.</summary>
    public long BlockBytes => Type.RowBytes(BlockValues);

    /// <summary>Numbers in a block before a head's keys in a layer.</summary>
    public int KeyOffset(int layer, int head) => (layer * 2 * _rowValues + head * HeadDim) * BlockPositions;

    /// <summary>Numbers in a block before a head's values in a layer.</summary>
    public int ValueOffset(int layer, int head) => ((layer * 2 + 1) * _rowValues + head * HeadDim) * BlockPositions;

    /// <summary>Blocks that hold <paramref name="positions"/> positions.</summary>
    public static int BlocksFor(int positions) => (positions + BlockPositions - 1) / BlockPositions;
}
