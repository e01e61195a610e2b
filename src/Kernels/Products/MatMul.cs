namespace MoE.Kernels;

/// <summary>
/// Products with weights, <c>y[t, r] = Σ_k W[r, k] · x[t, k]</c>. An output depends on its row of W and its row of x alone,
/// never on the rows computed beside it: float weights sum in <see cref="Lanes"/>; quantised weights take int8 activations,
/// sum each 32 codes in integers, exactly, and add the scaled sums block by block with fused multiply-adds.
/// </summary>
public static class MatMul
{
    /// <summary>Rows that a kernel takes at once; parts of this size keep it full.</summary>
    internal const int RowTile = 8;

    /// <summary>Rows that a task is a multiple of.</summary>
    private const int TaskRows = 16;

    /// <summary>Multiply-adds below which waking threads costs more than it saves.</summary>
    private const long SerialWork = 64 * 1024;

    private const int TasksPerThread = 4;

    /// <summary>The outputs [firstRow, lastRow) of every row of x.</summary>
    /// <param name="weights">W [R, C].</param>
    /// <param name="x">[T, C], prepared for the weights' type.</param>
    /// <param name="firstRow">First output.</param>
    /// <param name="lastRow">One past the last output.</param>
    /// <param name="y">[T, R]; the named outputs are overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static unsafe void Multiply(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, Span<float> y)
    {
        Check(weights, x, y.Length);
        if (firstRow < 0 || lastRow > weights.Rows || firstRow > lastRow)
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, $"no rows up to {lastRow} in a matrix of {weights.Rows}");
        if (x.Count == 0 || firstRow == lastRow)
            return;
        fixed (float* output = y)
        {
            if (weights.InPanels && PanelKernels.IsSupported)
                MultiplyPanels(weights, x, firstRow, lastRow, output);
            else if (KernelVariant.Scalar || weights.InPanels)
                ReferenceProduct.Multiply(weights, x, firstRow, lastRow, output);
            else if (!weights.Type.IsQuantized())
                FloatProduct.Multiply(weights, x, firstRow, lastRow, output);
            else if (KernelVariant.Avx2Products)
                BlockProduct.Multiply(weights, x, firstRow, lastRow, output);
            else
                ReferenceProduct.Multiply(weights, x, firstRow, lastRow, output);
        }

        GC.KeepAlive(weights);
    }

    private static unsafe void MultiplyPanels(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y)
    {
        if (firstRow % PanelLayout.Rows != 0 || (lastRow % PanelLayout.Rows != 0 && lastRow != weights.Rows))
            throw new ArgumentException($"rows {firstRow} to {lastRow} are no whole panels of {PanelLayout.Rows}", nameof(firstRow));
        PanelProduct.Multiply(weights, x.Tiles, firstRow / PanelLayout.Rows, PanelLayout.Panels(lastRow), y, weights.Rows);
    }

    /// <summary>Prepares x and computes every output on the pool's threads.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="weights">W [R, C].</param>
    /// <param name="x">[T, C].</param>
    /// <param name="y">[T, R]; overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Multiply(ComputePool pool, WeightMatrix weights, ActivationRows x, Memory<float> y)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Check(weights, x, y.Length);
        x.BeginPrepare(weights.Type);
        var work = (long)x.Count * weights.Rows * weights.Columns;
        if (pool.Threads == 1 || work < SerialWork)
        {
            for (var row = 0; row < x.Count; row++)
                x.PrepareRow(weights.Type, row);
            Multiply(weights, x, 0, weights.Rows, y.Span);
            return;
        }

        pool.For(x.Count, row => x.PrepareRow(weights.Type, row));
        var tiles = (weights.Rows + TaskRows - 1) / TaskRows;
        var tasks = Math.Min(tiles, pool.Threads * TasksPerThread);
        pool.For(tasks, task =>
        {
            var first = (int)((long)tiles * task / tasks) * TaskRows;
            var last = Math.Min(weights.Rows, (int)((long)tiles * (task + 1) / tasks) * TaskRows);
            Multiply(weights, x, first, last, y.Span);
        });
    }

    private static void Check(WeightMatrix weights, ActivationRows x, int outputs)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(x);
        if (x.Columns != weights.Columns)
            throw new ArgumentException($"rows of {x.Columns} values do not fit a matrix [{weights.Rows}, {weights.Columns}]", nameof(x));
        if (outputs != (long)x.Count * weights.Rows)
            throw new ArgumentException($"{x.Count} rows times {weights.Rows} outputs do not fit {outputs} values", nameof(outputs));
    }
}
