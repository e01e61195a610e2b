namespace MoE.Kernels;

/// <summary>Products with matrices in panels: panels by tiles, a few panels at a time so that a tile is read from a near cache.</summary>
internal static unsafe class PanelProduct
{
    private const int PanelsAtOnce = 4;

    /// <summary>Some panels' outputs of every row of x.</summary>
    /// <param name="kernels">Of the variant that computes.</param>
    /// <param name="weights">In panels.</param>
    /// <param name="tiles">Rows of x, all of the weights' columns.</param>
    /// <param name="firstPanel">First panel.</param>
    /// <param name="lastPanel">One past the last.</param>
    /// <param name="y">Row 0's output 0.</param>
    /// <param name="stride">Floats from one row of outputs to the next.</param>
    public static void Multiply(
        PanelKernels kernels, WeightMatrix weights, ActivationTiles tiles, int firstPanel, int lastPanel, float* y, int stride)
    {
        var panelBytes = PanelLayout.PanelBytes(weights.Type, weights.Columns);
        var arguments = new PanelKernelArguments
        {
            OutputStride = stride * sizeof(float),
            Blocks = weights.Columns / weights.Type.BlockSize(),
        };
        for (var first = firstPanel; first < lastPanel; first += PanelsAtOnce)
        {
            var last = Math.Min(lastPanel, first + PanelsAtOnce);
            for (var tile = 0; tile < tiles.Tiles; tile++)
            {
                var rows = tiles.RowsOf(tile);
                var kernel = kernels.Get(weights.Type, rows);
                arguments.Tile = tiles.Pointer(tile);
                for (var panel = first; panel < last; panel++)
                {
                    arguments.Weights = weights.Pointer + panel * panelBytes;
                    var output = y + (long)tile * ActivationTiles.Rows * stride + panel * PanelLayout.Rows;
                    if ((panel + 1) * PanelLayout.Rows <= weights.Rows)
                    {
                        arguments.Output = output;
                        kernel.Run(&arguments);
                    }
                    else
                    {
                        LastPanel(kernel, arguments, rows, weights.Rows - panel * PanelLayout.Rows, output, stride);
                    }
                }
            }
        }
    }

    /// <summary>A panel of which only some rows exist.</summary>
    private static void LastPanel(PanelKernel kernel, PanelKernelArguments arguments, int rows, int count, float* y, int stride)
    {
        var whole = stackalloc float[ActivationTiles.Rows * PanelLayout.Rows];
        arguments.Output = whole;
        arguments.OutputStride = PanelLayout.Rows * sizeof(float);
        kernel.Run(&arguments);
        for (var row = 0; row < rows; row++)
            new Span<float>(whole + row * PanelLayout.Rows, count).CopyTo(new Span<float>(y + (long)row * stride, count));
    }
}
