using System.Runtime.CompilerServices;

namespace MoE.Kernels;

/// <summary>Products with matrices in panels: panels by tiles, a few panels at a time so that a tile is read from a near cache.</summary>
internal static unsafe class PanelProduct
{
    private const int PanelsAtOnce = 4;
    private const int Alignment = 64;

    /// <summary>Some panels' outputs of every row of x.</summary>
    /// <param name="kernels">Of the variant that computes.</param>
    /// <param name="weights">In panels.</param>
    /// <param name="tiles">Rows of x, all of the weights' columns.</param>
    /// <param name="firstPanel">First panel.</param>
    /// <param name="lastPanel">One past the last.</param>
    /// <param name="y">Row 0's output 0.</param>
    /// <param name="stride">Floats from one row of outputs to the next.</param>
    [SkipLocalsInit]
    public static void Multiply(
        PanelKernels kernels, WeightMatrix weights, ActivationTiles tiles, int firstPanel, int lastPanel, float* y, int stride)
    {
        var memory = stackalloc byte[Avx2BandEmitter.ScratchBytes + Alignment];
        var panelBytes = PanelLayout.PanelBytes(weights.Type, weights.Columns);
        var wholePanels = weights.Rows / PanelLayout.Rows;
        var arguments = new PanelKernelArguments
        {
            OutputStride = stride * sizeof(float),
            Blocks = weights.Columns / weights.Type.BlockSize(),
            PanelBytes = panelBytes,
            Scratch = (byte*)(((nint)memory + Alignment - 1) & -Alignment),
        };
        for (var first = firstPanel; first < lastPanel; first += PanelsAtOnce)
        {
            var last = Math.Min(lastPanel, first + PanelsAtOnce);
            for (var tile = 0; tile < tiles.Tiles; tile++)
            {
                var rows = tiles.RowsOf(tile);
                arguments.Rows = rows;
                arguments.Tile = tiles.Pointer(tile);
                var kernel = kernels.Get(weights.Type, rows);
                var together = kernels.BandPanels(weights.Type, rows);
                for (int panel = first, count; panel < last; panel += count)
                {
                    count = Math.Clamp(Math.Min(last, wholePanels) - panel, 1, together);
                    arguments.Weights = weights.Pointer + panel * panelBytes;
                    arguments.Output = y + (long)tile * ActivationTiles.Rows * stride + panel * PanelLayout.Rows;
                    if (panel == wholePanels)
                        LastPanel(kernel, arguments, rows, weights.Rows - panel * PanelLayout.Rows);
                    else if (count > 1)
                        kernels.GetBand(count).Run(&arguments);
                    else
                        kernel.Run(&arguments);
                }
            }
        }
    }

    /// <summary>A panel of which only some rows exist.</summary>
    private static void LastPanel(PanelKernel kernel, PanelKernelArguments arguments, int rows, int count)
    {
        var whole = stackalloc float[ActivationTiles.Rows * PanelLayout.Rows];
        var output = (byte*)arguments.Output;
        var stride = arguments.OutputStride;
        arguments.Output = whole;
        arguments.OutputStride = PanelLayout.Rows * sizeof(float);
        kernel.Run(&arguments);
        for (var row = 0; row < rows; row++)
            new Span<float>(whole + row * PanelLayout.Rows, count).CopyTo(new Span<float>(output + row * stride, count));
    }
}
