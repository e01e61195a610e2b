namespace MoE.Kernels;

/// <summary>
/// One head's keys and values of a sequence, in the blocks of a paged cache. A block's keys are transposed, [D, positions], so
/// that a register holds sixteen positions' values of one column; its values are rows of D, [positions, D].
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
    /// <param name="keyOffset">Elements of a block before the head's keys.</param>
    /// <param name="valueOffset">Elements of a block before the head's values.</param>
    /// <param name="headDim">D.</param>
    public KvHead(KvMemory memory, int[] blocks, int keyOffset, int valueOffset, int headDim)
    {
        _memory = memory;
        _blocks = blocks;
        _keyOffset = keyOffset;
        _valueOffset = valueOffset;
        HeadDim = headDim;
    }

    public int HeadDim { get; }

    internal WeightType Type => _memory.Type;

    /// <summary>Writes a position's key, [D], rounded to what the cache stores.</summary>
    /// <exception cref="ArgumentException">The length is not D.</exception>
    public void WriteKey(int position, ReadOnlySpan<float> key)
    {
        VectorOps.SameLength(HeadDim, key.Length);
        var keys = Keys(position / BlockPositions);
        for (var d = 0; d < key.Length; d++)
            FloatValues.Write(Type, keys, d * BlockPositions + position % BlockPositions, key[d]);
    }

    /// <summary>Writes a position's value, [D], rounded to what the cache stores.</summary>
    /// <exception cref="ArgumentException">The length is not D.</exception>
    public void WriteValue(int position, ReadOnlySpan<float> value)
    {
        VectorOps.SameLength(HeadDim, value.Length);
        var rowBytes = HeadDim * _memory.ValueBytes;
        Quantize.Row(Type, value, new Span<byte>(Values(position / BlockPositions) + position % BlockPositions * rowBytes, rowBytes));
    }

    /// <summary>A block's keys as they are stored, [D, 32].</summary>
    internal byte* Keys(int block) => Address(block, _keyOffset);

    /// <summary>A block's values as they are stored, [32, D].</summary>
    internal byte* Values(int block) => Address(block, _valueOffset);

    /// <summary>A block's keys as f32: where they are, or widened into a buffer of 32 · D.</summary>
    internal float* Keys(int block, float* buffer) => Wide(Keys(block), buffer);

    /// <summary>A block's values as f32: where they are, or widened into a buffer of 32 · D.</summary>
    internal float* Values(int block, float* buffer) => Wide(Values(block), buffer);

    private float* Wide(byte* stored, float* buffer)
    {
        if (Type == WeightType.F32)
            return (float*)stored;
        FloatValues.Widen(Type, stored, BlockPositions * HeadDim, buffer);
        return buffer;
    }

    private byte* Address(int block, int element) => _memory.Address(_blocks[block]) + (long)element * _memory.ValueBytes;
}
