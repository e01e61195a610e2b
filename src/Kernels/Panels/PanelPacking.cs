using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>
/// Row-major matrices into panels. Types whose rows store 32-bit words in the panel's order move four rows at once, as transposed
/// 4 by 4 words; the others one row's block after the other. Starting a node is mostly this.
/// </summary>
internal static unsafe class PanelPacking
{
    private const int RowsAtOnce = 4;

    /// <summary>Copies the matrix's panels [first, last).</summary>
    /// <param name="source">Row-major.</param>
    /// <param name="destination">In panels, of the same type and shape.</param>
    /// <param name="first">First panel.</param>
    /// <param name="last">One past the last.</param>
    public static void Fill(WeightMatrix source, WeightMatrix destination, int first, int last)
    {
        var panelBytes = PanelLayout.PanelBytes(source.Type, source.Columns);
        for (var panel = first; panel < last; panel++)
        {
            var output = destination.Pointer + panel * panelBytes;
            var row = panel * PanelLayout.Rows;
            var rows = Math.Min(PanelLayout.Rows, source.Rows - row);
            if (rows < PanelLayout.Rows)
                new Span<byte>(output, checked((int)panelBytes)).Clear();
            FillPanel(source, source.Pointer + row * source.RowBytes, rows, output);
        }
    }

    private static void FillPanel(WeightMatrix source, byte* input, int rows, byte* output)
    {
        var type = source.Type;
        var blocks = source.Columns / type.BlockSize();
        var together = Words(type) > 0 && Vector128.IsHardwareAccelerated ? rows / RowsAtOnce * RowsAtOnce : 0;
        for (var block = 0; block < blocks; block++)
        {
            var blocksOfRows = input + (long)block * type.BlockBytes();
            for (var row = 0; row < together; row += RowsAtOnce)
                PutFour(type, blocksOfRows + row * source.RowBytes, source.RowBytes, row, output);
            for (var row = together; row < rows; row++)
                PanelBlocks.Put(type, blocksOfRows + row * source.RowBytes, row, output);
            output += PanelLayout.BlockBytes(type);
        }
    }

    /// <summary>32-bit words of codes of a block that stand in the panel's order already; 0 where they do not.</summary>
    private static int Words(WeightType type) => type switch
    {
        WeightType.Q4_0 => 4,
        WeightType.Q8_0 => 8,
        _ => 0,
    };

    /// <summary>As four calls of <see cref="PanelBlocks.Put"/>: a half, then the words.</summary>
    private static void PutFour(WeightType type, byte* block, long rowBytes, int row, byte* panel)
    {
        var halves = (ushort*)panel + row;
        for (var i = 0; i < RowsAtOnce; i++)
            halves[i] = *(ushort*)(block + i * rowBytes);
        var flip = Vector128.Create(type == WeightType.Q8_0 ? PanelBlocks.SignBits : 0);
        var words = block + sizeof(ushort);
        var output = panel + PanelLayout.GroupHeaderBytes + row * sizeof(uint);
        for (var word = 0; word < Words(type); word += 4, words += 4 * sizeof(uint), output += 4 * PanelLayout.VectorBytes)
        {
            var a = Vector128.Load((uint*)words) ^ flip;
            var b = Vector128.Load((uint*)(words + rowBytes)) ^ flip;
            var c = Vector128.Load((uint*)(words + 2 * rowBytes)) ^ flip;
            var d = Vector128.Load((uint*)(words + 3 * rowBytes)) ^ flip;
            var (ac, ac2) = Interleave(a, c);
            var (bd, bd2) = Interleave(b, d);
            var (first, second) = Interleave(ac, bd);
            var (third, fourth) = Interleave(ac2, bd2);
            first.Store((uint*)output);
            second.Store((uint*)(output + PanelLayout.VectorBytes));
            third.Store((uint*)(output + 2 * PanelLayout.VectorBytes));
            fourth.Store((uint*)(output + 3 * PanelLayout.VectorBytes));
        }
    }

    /// <summary>x0 y0 x1 y1, and x2 y2 x3 y3.</summary>
    private static (Vector128<uint> Low, Vector128<uint> High) Interleave(Vector128<uint> x, Vector128<uint> y)
    {
        if (System.Runtime.Intrinsics.X86.Sse2.IsSupported)
            return (System.Runtime.Intrinsics.X86.Sse2.UnpackLow(x, y), System.Runtime.Intrinsics.X86.Sse2.UnpackHigh(x, y));
        return (
            Vector128.Create(x.GetElement(0), y.GetElement(0), x.GetElement(1), y.GetElement(1)),
            Vector128.Create(x.GetElement(2), y.GetElement(2), x.GetElement(3), y.GetElement(3)));
    }
}
