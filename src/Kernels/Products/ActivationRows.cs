namespace MoE.Kernels;

/// <summary>
/// Rows [Count, Columns] of f32 that products read, with the forms that they need: for quantised weights int8, per 32 values a
/// scale <c>max|x| / 127</c>, the rounded codes, and the sums of the codes; for float weights the same values in tiles. A row's
/// form depends on that row alone.
/// </summary>
public sealed class ActivationRows
{
    private float[] _data = [];
    private sbyte[] _codes = [];
    private float[] _scales = [];
    private int[] _sums = [];
    private ActivationTiles? _tiles;
    private FloatTiles? _floatTiles;
    private bool _floatsPrepared;

    public int Count { get; private set; }

    public int Columns { get; private set; }

    /// <summary>All rows, [Count · Columns].</summary>
    public Span<float> Data => _data.AsSpan(0, Count * Columns);

    internal ReadOnlySpan<sbyte> Codes => _codes;

    /// <summary>[Count, Columns / 32].</summary>
    internal ReadOnlySpan<float> Scales => _scales;

    /// <summary>Sums of each sixteen codes, [Count, Columns / 16].</summary>
    internal ReadOnlySpan<int> Sums => _sums;

    /// <summary>The same codes in tiles, where this machine has kernels for them.</summary>
    internal ActivationTiles Tiles => _tiles ?? throw new InvalidOperationException("the rows are not prepared");

    /// <summary>The values in tiles, or null where the rows were last prepared for something else.</summary>
    internal FloatTiles? FloatTiles => _floatsPrepared ? _floatTiles : null;

    /// <summary>Takes a new shape; contents are undefined; buffers only grow.</summary>
    public void Reset(int count, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        var values = checked(count * columns);
        if (_data.Length < values)
            _data = new float[values];
        Count = count;
        Columns = columns;
        _floatsPrepared = false;
    }

    /// <summary>One row, writable; after writing, call <see cref="Prepare(WeightType)"/> before the next product.</summary>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(row));
        return _data.AsSpan(row * Columns, Columns);
    }

    /// <summary>Makes the form that products with <paramref name="type"/> read.</summary>
    /// <exception cref="ArgumentException">The rows are no multiple of the type's block.</exception>
    public void Prepare(WeightType type)
    {
        BeginPrepare(type);
        var parts = Parts(type);
        for (var part = 0; part < parts; part++)
            PreparePart(type, part);
    }

    /// <summary>The same, on the pool's threads.</summary>
    public void Prepare(ComputePool pool, WeightType type)
    {
        ArgumentNullException.ThrowIfNull(pool);
        BeginPrepare(type);
        pool.For(Parts(type), (Rows: this, Type: type), static (part, x) => x.Rows.PreparePart(x.Type, part));
    }

    /// <summary>Takes over some rows of another batch, prepared form and all: a row is quantised once, however many experts read it.</summary>
    /// <param name="source">Prepared for <paramref name="type"/>.</param>
    /// <param name="rows">Which of its rows, in the order they get here.</param>
    /// <param name="type">The weights that will be multiplied.</param>
    /// <exception cref="ArgumentException">A row of the source is out of its bounds, or the columns are no whole blocks.</exception>
    public void Gather(ActivationRows source, ReadOnlySpan<int> rows, WeightType type)
    {
        ArgumentNullException.ThrowIfNull(source);
        Reset(rows.Length, source.Columns);
        BeginPrepare(type);
        if (!type.IsQuantized())
        {
            for (var i = 0; i < rows.Length; i++)
                source.Row(rows[i]).CopyTo(Row(i));
            for (var tile = 0; tile < Parts(type); tile++)
                PreparePart(type, tile);
            return;
        }

        var blocks = Columns / ActivationQuantizer.BlockSize;
        var inPanels = WeightPanels.Wanted(type);
        for (var i = 0; i < rows.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rows[i], (uint)source.Count, nameof(rows));
            var codes = source._codes.AsSpan(rows[i] * Columns, Columns);
            var scales = source._scales.AsSpan(rows[i] * blocks, blocks);
            var sums = source._sums.AsSpan(2 * rows[i] * blocks, 2 * blocks);
            if (inPanels)
                _tiles!.Put(i, codes, scales, sums);
            codes.CopyTo(_codes.AsSpan(i * Columns, Columns));
            scales.CopyTo(_scales.AsSpan(i * blocks, blocks));
            sums.CopyTo(_sums.AsSpan(2 * i * blocks, 2 * blocks));
        }
    }

    /// <summary>Pieces that the form is made in: rows, or whole tiles of float rows.</summary>
    private int Parts(WeightType type) => type.IsQuantized() ? Count : Count / Kernels.FloatTiles.Rows;

    /// <summary>Makes room for the form; then each part's <see cref="PreparePart"/> may run on any thread.</summary>
    private void BeginPrepare(WeightType type)
    {
        _floatsPrepared = !type.IsQuantized();
        if (_floatsPrepared)
        {
            (_floatTiles ??= new FloatTiles()).Reset(Count, Columns);
            return;
        }

        if (Columns % type.BlockSize() != 0)
            throw new ArgumentException($"rows of {Columns} values are no multiple of {type.Name()}'s block of {type.BlockSize()}", nameof(type));
        var values = Count * Columns;
        if (_codes.Length < values)
            _codes = new sbyte[values];
        var blocks = values / ActivationQuantizer.BlockSize;
        if (_scales.Length < blocks)
        {
            _scales = new float[blocks];
            _sums = new int[2 * blocks];
        }

        if (WeightPanels.Wanted(type))
            (_tiles ??= new ActivationTiles()).Reset(Count, Columns);
    }

    private void PreparePart(WeightType type, int part)
    {
        if (!type.IsQuantized())
        {
            var values = Kernels.FloatTiles.Rows * Columns;
            _floatTiles!.Put(part, _data.AsSpan(part * values, values), Columns);
            return;
        }

        var blocks = Columns / ActivationQuantizer.BlockSize;
        var codes = _codes.AsSpan(part * Columns, Columns);
        var scales = _scales.AsSpan(part * blocks, blocks);
        var sums = _sums.AsSpan(2 * part * blocks, 2 * blocks);
        ActivationQuantizer.Quantize(_data.AsSpan(part * Columns, Columns), codes, scales, sums);
        if (WeightPanels.Wanted(type))
            _tiles!.Put(part, codes, scales, sums);
    }
}
