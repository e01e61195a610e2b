namespace MoE.Kernels;

/// <summary>
/// A view of a weight <c>W [Rows, Columns]</c>, row-major, each row <see cref="WeightTypes.RowBytes"/> long. A product with it
/// is <c>y = x · Wᵀ</c>, so a row is an output. The view does not own its memory. A matrix in panels (<see cref="WeightPanels"/>)
/// stores the same numbers in the order that the fastest kernels read.
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
        : this(type, rows, columns, memory, offset, inPanels: false)
    {
    }

    internal WeightMatrix(WeightType type, int rows, int columns, WeightMemory memory, long offset, bool inPanels)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        Type = type;
        Rows = rows;
        Columns = columns;
        RowBytes = type.RowBytes(columns);
        InPanels = inPanels;
        Bytes = inPanels ? PanelLayout.MatrixBytes(type, rows, columns) : rows * RowBytes;
        _memory = memory;
        _offset = offset;
        if (offset < 0 || offset > memory.Length || (RowBytes > 0 && rows > (memory.Length - offset) / RowBytes) || Bytes > memory.Length - offset)
            throw new ArgumentException($"[{rows}, {columns}] of {type.Name()} at byte {offset} ends past {memory.Length}", nameof(offset));
    }

    public WeightType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Bytes of one row in row-major order.</summary>
    public long RowBytes { get; }

    /// <summary>Bytes that the matrix occupies.</summary>
    public long Bytes { get; }

    /// <summary>Whether the rows are interleaved in panels.</summary>
    internal bool InPanels { get; }

    /// <summary>Address of row 0, or of the first panel.</summary>
    internal byte* Pointer => _memory.Pointer + _offset;

    /// <summary>Tells the memory that the matrix will hardly be read again.</summary>
    internal void Release() => _memory.Release(_offset, Bytes);

    /// <summary>The bytes of row <paramref name="row"/> in row-major order; a copy where the matrix is in panels.</summary>
    public ReadOnlySpan<byte> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return InPanels ? WeightPanels.UnpackRow(this, row) : _memory.Slice(_offset + row * RowBytes, checked((int)RowBytes));
    }

    /// <summary>The rows <c>[first, first + count)</c> as a view of the same memory.</summary>
    /// <exception cref="NotSupportedException">The matrix is in panels.</exception>
    public WeightMatrix Slice(int first, int count)
    {
        if (InPanels)
            throw new NotSupportedException("a matrix in panels has no row-major part");
        if (first < 0 || count < 0 || first > Rows - count)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"{count} rows from here end past {Rows}");
        return new WeightMatrix(Type, count, Columns, _memory, _offset + first * RowBytes);
    }
}
