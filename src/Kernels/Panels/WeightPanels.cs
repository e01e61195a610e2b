namespace MoE.Kernels;

/// <summary>Brings matrices into panels, where this machine has kernels that read them.</summary>
public static unsafe class WeightPanels
{
    /// <summary>Bytes that a matrix takes once it is loaded for products.</summary>
    public static long Bytes(WeightType type, int rows, int columns) =>
        Wanted(type) ? PanelLayout.MatrixBytes(type, rows, columns) : rows * type.RowBytes(columns);

    /// <summary>Whether products with the type are fastest in panels on this machine.</summary>
    public static bool Wanted(WeightType type) => PanelLayout.Supports(type) && ActiveKernels.Panels;

    /// <summary>The matrices in panels, in one allocation; null where that would not help with all of them.</summary>
    /// <param name="matrices">Row-major.</param>
    /// <returns>The copies, in the same order, and their memory, which the caller owns.</returns>
    public static (WeightMatrix[] Matrices, WeightMemory Memory)? TryPack(params ReadOnlySpan<WeightMatrix> matrices)
    {
        var length = 0L;
        foreach (var matrix in matrices)
        {
            if (!Wanted(matrix.Type) || matrix.InPanels || matrix.Columns == 0)
                return null;
            length += PanelLayout.MatrixBytes(matrix.Type, matrix.Rows, matrix.Columns);
        }

        return Pack(matrices, length);
    }

    /// <summary>As <see cref="TryPack"/>, where the references run too.</summary>
    internal static (WeightMatrix[] Matrices, WeightMemory Memory) Pack(WeightMatrix matrix) =>
        Pack([matrix], PanelLayout.MatrixBytes(matrix.Type, matrix.Rows, matrix.Columns));

    private static (WeightMatrix[] Matrices, WeightMemory Memory) Pack(ReadOnlySpan<WeightMatrix> matrices, long length)
    {
        var memory = NativeWeightMemory.Uninitialized(length);
        try
        {
            var packed = new WeightMatrix[matrices.Length];
            var offset = 0L;
            for (var i = 0; i < packed.Length; i++)
            {
                packed[i] = new WeightMatrix(matrices[i].Type, matrices[i].Rows, matrices[i].Columns, memory, offset, inPanels: true);
                offset += packed[i].Bytes;
                Fill(matrices[i], packed[i]);
                matrices[i].Release();
            }

            return (packed, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>A row as its type stores it.</summary>
    internal static byte[] UnpackRow(WeightMatrix matrix, int row)
    {
        var bytes = new byte[matrix.RowBytes];
        fixed (byte* output = bytes)
        {
            var panel = matrix.Pointer + row / PanelLayout.Rows * PanelLayout.PanelBytes(matrix.Type, matrix.Columns);
            for (var block = 0; block < matrix.Columns / matrix.Type.BlockSize(); block++)
            {
                PanelBlocks.Take(
                    matrix.Type, panel + (long)block * PanelLayout.BlockBytes(matrix.Type), row % PanelLayout.Rows,
                    output + (long)block * matrix.Type.BlockBytes());
            }
        }

        GC.KeepAlive(matrix);
        return bytes;
    }

    private static void Fill(WeightMatrix source, WeightMatrix destination)
    {
        var panels = PanelLayout.Panels(source.Rows);
        var parts = Math.Min(panels, Environment.ProcessorCount);
        Parallel.For(0, parts, part => PanelPacking.Fill(
            source, destination, (int)((long)panels * part / parts), (int)((long)panels * (part + 1) / parts)));
        GC.KeepAlive(source);
        GC.KeepAlive(destination);
    }
}
