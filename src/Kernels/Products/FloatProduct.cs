using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Products with F32, F16 and BF16 weights in sixteen lanes, four rows of W by four rows of x at a time.</summary>
internal static unsafe partial class FloatProduct
{
    private const int RowTile = 4;

    /// <summary>256 KiB of f32 at 2,048 columns.</summary>
    private const int RowBlock = 32;

    /// <summary>8 KiB of a tile.</summary>
    private const int ColumnBlock = 512;

    public static void Multiply(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y) =>
        Multiply(weights, x, firstRow, lastRow, y, Vector512.IsHardwareAccelerated);

    /// <param name="weights">W.</param>
    /// <param name="x">Rows.</param>
    /// <param name="firstRow">First output.</param>
    /// <param name="lastRow">One past the last output.</param>
    /// <param name="y">Outputs.</param>
    /// <param name="wide">Whether tiles are for vectors of sixteen lanes; the same bits either way.</param>
    internal static void Multiply(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y, bool wide)
    {
        switch (weights.Type)
        {
            case WeightType.F32:
                Multiply<Float32>(weights, x, firstRow, lastRow, y, wide);
                break;
            case WeightType.F16:
                Multiply<Float16>(weights, x, firstRow, lastRow, y, wide);
                break;
            case WeightType.BF16:
                Multiply<BFloat16>(weights, x, firstRow, lastRow, y, wide);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(weights), weights.Type, "no float type");
        }
    }

    private static void Multiply<TFormat>(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y, bool wide)
        where TFormat : IFloatFormat
    {
        var tiles = x.FloatTiles;
        var inTiles = tiles is null ? 0 : x.Count / FloatTiles.Rows * FloatTiles.Rows;
        fixed (float* activations = x.Data)
        {
            for (var block = firstRow; block < lastRow; block += RowBlock)
            {
                var blockEnd = Math.Min(block + RowBlock, lastRow);
                for (var token = 0; token < inTiles; token += FloatTiles.Rows)
                    Block<TFormat>(weights, block, blockEnd, tiles!.Pointer(token / FloatTiles.Rows), y + (long)token * weights.Rows, wide);
                for (var token = inTiles; token < x.Count; token++)
                    Token<TFormat>(weights, block, blockEnd, activations + (long)token * weights.Columns, y + (long)token * weights.Rows);
            }
        }
    }

    /// <summary>A block of rows by one row of x.</summary>
    private static void Token<TFormat>(WeightMatrix weights, int first, int end, float* x, float* y)
        where TFormat : IFloatFormat
    {
        var rows = stackalloc int[RowTile];
        for (var row = first; row < end; row += RowTile)
        {
            Rows(rows, row, end);
            Column<TFormat>(weights, rows, x, y);
        }
    }

    /// <summary>
    /// A block of rows, which stays in the second cache while tile after tile passes, by a tile of x, of which as many columns
    /// as stay in the first cache meet all rows before the next columns do.
    /// </summary>
    private static void Block<TFormat>(WeightMatrix weights, int first, int end, float* tile, float* y, bool wide)
        where TFormat : IFloatFormat
    {
        var rows = stackalloc int[RowTile];
        var sums = stackalloc Vector512<float>[RowBlock * FloatTiles.Rows];
        new Span<Vector512<float>>(sums, RowBlock * FloatTiles.Rows).Clear();
        for (var column = 0; column < weights.Columns; column += ColumnBlock)
        {
            var columnEnd = Math.Min(column + ColumnBlock, weights.Columns);
            for (var row = first; row < end; row += RowTile)
            {
                Rows(rows, row, end);
                Tile<TFormat>(weights, rows, tile, column, columnEnd, sums + (row - first) * FloatTiles.Rows, wide);
            }
        }

        for (var row = first; row < end; row++)
        {
            for (var token = 0; token < FloatTiles.Rows; token++)
            {
                var at = (row - first) / RowTile * RowTile * FloatTiles.Rows + token * RowTile + (row - first) % RowTile;
                y[(long)token * weights.Rows + row] = Lanes.Fold(sums[at]);
            }
        }
    }

    /// <summary>The rows of a tile. Rows past the last repeat it, and get the same outputs again, rather than code of their own.</summary>
    private static void Rows(int* rows, int first, int end)
    {
        for (var i = 0; i < RowTile; i++)
            rows[i] = Math.Min(first + i, end - 1);
    }

    /// <summary>Four rows of W by one of x.</summary>
    private static void Column<TFormat>(WeightMatrix weights, int* rows, float* x, float* y)
        where TFormat : IFloatFormat
    {
        var columns = weights.Columns;
        byte* w0 = Row(weights, rows[0]), w1 = Row(weights, rows[1]), w2 = Row(weights, rows[2]), w3 = Row(weights, rows[3]);
        Vector512<float> a = default, b = default, c = default, d = default;
        var k = 0;
        for (; k + Lanes.Count <= columns; k += Lanes.Count)
        {
            var values = Vector512.Load(x + k);
            a = Vector512.FusedMultiplyAdd(TFormat.Load(w0, k), values, a);
            b = Vector512.FusedMultiplyAdd(TFormat.Load(w1, k), values, b);
            c = Vector512.FusedMultiplyAdd(TFormat.Load(w2, k), values, c);
            d = Vector512.FusedMultiplyAdd(TFormat.Load(w3, k), values, d);
        }

        if (k < columns)
        {
            var values = Tail<Float32>((byte*)x, k, columns);
            a = Vector512.FusedMultiplyAdd(Tail<TFormat>(w0, k, columns), values, a);
            b = Vector512.FusedMultiplyAdd(Tail<TFormat>(w1, k, columns), values, b);
            c = Vector512.FusedMultiplyAdd(Tail<TFormat>(w2, k, columns), values, c);
            d = Vector512.FusedMultiplyAdd(Tail<TFormat>(w3, k, columns), values, d);
        }

        y[rows[0]] = Lanes.Fold(a);
        y[rows[1]] = Lanes.Fold(b);
        y[rows[2]] = Lanes.Fold(c);
        y[rows[3]] = Lanes.Fold(d);
    }

    /// <summary>Four rows of W by four of x, some columns.</summary>
    /// <param name="weights">W.</param>
    /// <param name="rows">Which four rows.</param>
    /// <param name="tile">Of x.</param>
    /// <param name="column">First column, a multiple of sixteen.</param>
    /// <param name="columnEnd">One past the last.</param>
    /// <param name="sums">Lanes by token and row, [4, 4]: what the columns before have summed up to.</param>
    /// <param name="wide">Whether vectors have sixteen lanes.</param>
    private static void Tile<TFormat>(WeightMatrix weights, int* rows, float* tile, int column, int columnEnd, Vector512<float>* sums, bool wide)
        where TFormat : IFloatFormat
    {
        var whole = column + Lanes.Whole(columnEnd - column);
        if (wide)
            WideTile<TFormat>(weights, rows, tile, column, whole, sums);
        else
            NarrowTile<TFormat>(weights, rows, tile, column, whole, (float*)sums);
        if (whole == columnEnd)
            return;
        for (var i = 0; i < RowTile * FloatTiles.Rows; i++)
        {
            var values = Vector512.LoadAligned(tile + (long)whole * FloatTiles.Rows + i / RowTile * Lanes.Count);
            sums[i] = Vector512.FusedMultiplyAdd(Tail<TFormat>(Row(weights, rows[i % RowTile]), whole, columnEnd), values, sums[i]);
        }
    }

    /// <summary>
    /// Whole lanes: sixteen sums in registers, so that eight loads feed sixteen multiply-adds. A leaf: a call inside the loop would have
    /// all sums saved around it.
    /// </summary>
    private static void WideTile<TFormat>(WeightMatrix weights, int* rows, float* tile, int column, int columnEnd, Vector512<float>* sums)
        where TFormat : IFloatFormat
    {
        byte* w0 = Row(weights, rows[0]), w1 = Row(weights, rows[1]), w2 = Row(weights, rows[2]), w3 = Row(weights, rows[3]);
        Vector512<float> a0 = sums[0], b0 = sums[1], c0 = sums[2], d0 = sums[3];
        Vector512<float> a1 = sums[4], b1 = sums[5], c1 = sums[6], d1 = sums[7];
        Vector512<float> a2 = sums[8], b2 = sums[9], c2 = sums[10], d2 = sums[11];
        Vector512<float> a3 = sums[12], b3 = sums[13], c3 = sums[14], d3 = sums[15];
        var x = tile + (long)column * FloatTiles.Rows;
        for (var k = column; k < columnEnd; k += Lanes.Count, x += FloatTiles.Rows * Lanes.Count)
        {
            Vector512<float> a = TFormat.Load(w0, k), b = TFormat.Load(w1, k), c = TFormat.Load(w2, k), d = TFormat.Load(w3, k);
            var v = Vector512.LoadAligned(x);
            a0 = Vector512.FusedMultiplyAdd(a, v, a0);
            b0 = Vector512.FusedMultiplyAdd(b, v, b0);
            c0 = Vector512.FusedMultiplyAdd(c, v, c0);
            d0 = Vector512.FusedMultiplyAdd(d, v, d0);
            v = Vector512.LoadAligned(x + Lanes.Count);
            a1 = Vector512.FusedMultiplyAdd(a, v, a1);
            b1 = Vector512.FusedMultiplyAdd(b, v, b1);
            c1 = Vector512.FusedMultiplyAdd(c, v, c1);
            d1 = Vector512.FusedMultiplyAdd(d, v, d1);
            v = Vector512.LoadAligned(x + 2 * Lanes.Count);
            a2 = Vector512.FusedMultiplyAdd(a, v, a2);
            b2 = Vector512.FusedMultiplyAdd(b, v, b2);
            c2 = Vector512.FusedMultiplyAdd(c, v, c2);
            d2 = Vector512.FusedMultiplyAdd(d, v, d2);
            v = Vector512.LoadAligned(x + 3 * Lanes.Count);
            a3 = Vector512.FusedMultiplyAdd(a, v, a3);
            b3 = Vector512.FusedMultiplyAdd(b, v, b3);
            c3 = Vector512.FusedMultiplyAdd(c, v, c3);
            d3 = Vector512.FusedMultiplyAdd(d, v, d3);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (a0, b0, c0, d0);
        (sums[4], sums[5], sums[6], sums[7]) = (a1, b1, c1, d1);
        (sums[8], sums[9], sums[10], sums[11]) = (a2, b2, c2, d2);
        (sums[12], sums[13], sums[14], sums[15]) = (a3, b3, c3, d3);
    }

    private static byte* Row(WeightMatrix weights, int row) => weights.Pointer + row * weights.RowBytes;

    /// <summary>The last part of a row, filled up with zeros.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Tail<TFormat>(byte* row, int k, int columns)
        where TFormat : IFloatFormat
    {
        Span<byte> padded = stackalloc byte[Lanes.Count * sizeof(float)];
        padded.Clear();
        new ReadOnlySpan<byte>(row + (long)k * TFormat.Bytes, (columns - k) * TFormat.Bytes).CopyTo(padded);
        return TFormat.Load((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(padded)), 0);
    }
}
