namespace MoE.Kernels;

/// <summary>
/// One head's keys and values of a sequence, in the blocks of a paged cache. A block's keys are transposed, [D, positions], so
/// that a register holds sixteen positions' values of one column; its values are rows of D.
/// </summary>
public readonly unsafe struct KvHead
{
    /// <summary>Positions of one block.</summary>
    public const int BlockPositions = 32;

    private readonly KvMemory _memory;
    private readonly int[] _blocks;
    private readonly int _keyOffset;
    private readonly int _valueOffset;

    /// <param name="memory">The cache's blocks.</param>
    /// <param name="blocks">Which of them: the b-th holds positions [b · 32, (b + 1) · 32).</param>
    /// <param name="keyOffset">Where the head's keys begin in a block.</param>
    /// <param name="valueOffset">Where the head's values begin in a block.</param>
    /// <param name="valueStride">Floats from a position's values to the next.</param>
    /// <param name="headDim">D.</param>
    public KvHead(KvMemory memory, int[] blocks, int keyOffset, int valueOffset, int valueStride, int headDim)
    {
        _memory = memory;
        _blocks = blocks;
        _keyOffset = keyOffset;
        _valueOffset = valueOffset;
        ValueStride = valueStride;
        HeadDim = headDim;
    }

    public int HeadDim { get; }

    internal int ValueStride { get; }

    /// <summary>Writes a position's key, [D].</summary>
    public void WriteKey(int position, ReadOnlySpan<float> key)
    {
        var keys = Keys(position / BlockPositions) + position % BlockPositions;
        for (var d = 0; d < key.Length; d++)
            keys[d * BlockPositions] = key[d];
    }

    /// <summary>Writes a position's value, [D].</summary>
    public void WriteValue(int position, ReadOnlySpan<float> value) => value.CopyTo(new Span<float>(Value(position), HeadDim));

    /// <summary>A block's keys, [D, 32].</summary>
    internal float* Keys(int block) => Address(block) + _keyOffset;

    /// <summary>A position's value, [D].</summary>
    internal float* Value(int position) =>
        Address(position / BlockPositions) + _valueOffset + (long)(position % BlockPositions) * ValueStride;

    private float* Address(int block) => _memory.Address(_blocks[block]);
}
