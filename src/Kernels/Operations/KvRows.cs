namespace MoE.Kernels;

/// <summary>One head's keys or values of a sequence, by position, in the blocks of a paged cache.</summary>
public readonly struct KvRows
{
    private readonly float[][] _blocks;
    private readonly int _blockPositions;
    private readonly int _rowStride;
    private readonly int _offset;
    private readonly int _columns;

    /// <param name="blocks">Block b holds positions [b · blockPositions, (b + 1) · blockPositions).</param>
    /// <param name="blockPositions">Positions per block.</param>
    /// <param name="rowStride">Floats from a position's row to the next.</param>
    /// <param name="offset">Where the head's first row begins in a block.</param>
    /// <param name="columns">Floats of a row.</param>
    public KvRows(float[][] blocks, int blockPositions, int rowStride, int offset, int columns)
    {
        _blocks = blocks;
        _blockPositions = blockPositions;
        _rowStride = rowStride;
        _offset = offset;
        _columns = columns;
    }

    /// <summary>The row of a position, [Columns].</summary>
    public ReadOnlySpan<float> this[int position] =>
        _blocks[position / _blockPositions].AsSpan(_offset + position % _blockPositions * _rowStride, _columns);
}
