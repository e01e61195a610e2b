namespace MoE.Kernels;

/// <summary>
/// A view of a weight <c>W [Rows, Columns]</c>, row-major, each row <see cref="WeightTypes.RowBytes"/> long. A product with it
/// is <c>y = x · Wᵀ</c>, so a row is an output. The view does not own its memory.
/// </summary>
public sealed unsafe class WeightMatrix
{
    private readonly WeightMemory _memory;
    private readonly long _offset;

    /// <param name="type">How the numbers are stored.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs, a multiple of the type's block.</param>
    /// <param name="memory">Where the bytes are; must outlive the matrix.</param>
    /// <param name="offset">The first row's first byte.</param>
    /// <exception cref="ArgumentException">The matrix does not lie inside the memory, or a row is no multiple of the block.</exception>
    public WeightMatrix(WeightType type, int rows, int columns, WeightMemory memory, long offset)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        Type = type;
        Rows = rows;
        Columns = columns;
        RowBytes = type.RowBytes(columns);
        _memory = memory;
        _offset = offset;
        if (offset < 0 || offset > memory.Length || (RowBytes > 0 && rows > (memory.Length - offset) / RowBytes))
            throw new ArgumentException($"[{rows}, {columns}] of {type.Name()} at byte {offset} ends past {memory.Length}", nameof(offset));
    }

    public WeightType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Bytes of one row.</summary>
    public long RowBytes { get; }

    /// <summary>Bytes of all rows.</summary>
    public long Bytes => Rows * RowBytes;

    /// <summary>Address of row 0.</summary>
    internal byte* Pointer => _memory.Pointer + _offset;

    /// <summary>The bytes of row <paramref name="row"/>.</summary>
    public ReadOnlySpan<byte> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return _memory.Slice(_offset + row * RowBytes, checked((int)RowBytes));
    }

    /// <summary>The rows <c>[first, first + count)</c> as a view of the same memory.</summary>
    public WeightMatrix Slice(int first, int count)
    {
        if (first < 0 || count < 0 || first > Rows - count)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"{count} rows from here end past {Rows}");
        return new WeightMatrix(Type, count, Columns, _memory, _offset + first * RowBytes);
    }
}
