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
            if (ActiveKernels.Reference)
                ReferenceProduct.Multiply(weights, x, firstRow, lastRow, output);
            else if (weights.InPanels)
                MultiplyPanels(weights, x, firstRow, lastRow, output);
            else if (!weights.Type.IsQuantized())
                FloatProduct.Multiply(weights, x, firstRow, lastRow, output);
            else if (ActiveKernels.Avx2Rows)
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
        PanelProduct.Multiply(
            PanelKernels.Current, weights, x.Tiles, firstRow / PanelLayout.Rows, PanelLayout.Panels(lastRow), y, weights.Rows);
    }

    /// <summary>Prepares x and computes every output on the pool's threads.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="weights">W [R, C].</param>
    /// <param name="x">[T, C].</param>
    /// <param name="y">[T, R]; overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Multiply(ComputePool pool, WeightMatrix weights, ActivationRows x, Memory<float> y) =>
        Multiply(pool, x, new Product(weights, y));

    /// <summary>Prepares x once and computes every output of several products with it on the pool's threads, without a pause between them.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="x">[T, C].</param>
    /// <param name="products">1 to 3 matrices of C columns, and where their outputs go.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Multiply(ComputePool pool, ActivationRows x, params ReadOnlySpan<Product> products) =>
        Multiply(pool, x, products, prepared: false);

    /// <summary>The same with rows that have the products' form already.</summary>
    internal static void MultiplyPrepared(ComputePool pool, ActivationRows x, params ReadOnlySpan<Product> products) =>
        Multiply(pool, x, products, prepared: true);

    private static void Multiply(ComputePool pool, ActivationRows x, ReadOnlySpan<Product> products, bool prepared)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (products.Length is 0 or > ProductList.Most)
            throw new ArgumentException($"{products.Length} products at once, of 1 to {ProductList.Most}", nameof(products));
        var work = 0L;
        var tiles = 0;
        foreach (var product in products)
        {
            Check(product.Weights, x, product.Output.Length);
            work += (long)x.Count * product.Weights.Rows * product.Weights.Columns;
            tiles += TilesOf(product.Weights);
        }

        var serial = pool.Threads == 1 || work < SerialWork;
        if (!prepared)
            Prepare(serial ? null : pool, x, products);
        if (serial)
        {
            foreach (var product in products)
                Multiply(product.Weights, x, 0, product.Weights.Rows, product.Output.Span);
            return;
        }

        var tasks = Math.Min(tiles, pool.Threads * TasksPerThread);
        pool.For(tasks, new Tasks(x, tiles, tasks, new ProductList(products)), static (task, all) => all.Run(task));
    }

    /// <summary>Every form that one of the products reads; the quantised types read the same one.</summary>
    private static void Prepare(ComputePool? pool, ActivationRows x, ReadOnlySpan<Product> products)
    {
        var type = products[0].Weights.Type;
        foreach (var product in products)
        {
            if (product.Weights.Type.IsQuantized() && (!type.IsQuantized() || WeightPanels.Wanted(product.Weights.Type)))
                type = product.Weights.Type;
        }

        if (pool is null)
            x.Prepare(type);
        else
            x.Prepare(pool, type);
    }

    /// <summary>Some of the tiles of all products, counted through.</summary>
    private static void MultiplyTiles(ReadOnlySpan<Product> products, ActivationRows x, int first, int last)
    {
        foreach (var product in products)
        {
            var tiles = TilesOf(product.Weights);
            var from = Math.Max(0, first);
            var to = Math.Min(tiles, last);
            if (from < to)
                Multiply(product.Weights, x, from * TaskRows, Math.Min(product.Weights.Rows, to * TaskRows), product.Output.Span);
            first -= tiles;
            last -= tiles;
        }
    }

    private static int TilesOf(WeightMatrix weights) => (weights.Rows + TaskRows - 1) / TaskRows;

    private static void Check(WeightMatrix weights, ActivationRows x, int outputs)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(x);
        if (x.Columns != weights.Columns)
            throw new ArgumentException($"rows of {x.Columns} values do not fit a matrix [{weights.Rows}, {weights.Columns}]", nameof(x));
        if (outputs != (long)x.Count * weights.Rows)
            throw new ArgumentException($"{x.Count} rows times {weights.Rows} outputs do not fit {outputs} values", nameof(outputs));
    }

    /// <summary>Products in equal parts, for any thread.</summary>
    private readonly struct Tasks(ActivationRows x, int tiles, int tasks, ProductList products)
    {
        private readonly ProductList _products = products;

        public void Run(int task) =>
            MultiplyTiles(_products.Span, x, (int)((long)tiles * task / tasks), (int)((long)tiles * (task + 1) / tasks));
    }
}
