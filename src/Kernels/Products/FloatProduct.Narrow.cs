using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>The tile for machines whose vectors have eight lanes, and sixteen registers.</summary>
internal static unsafe partial class FloatProduct
{
    private const int HalfLanes = Lanes.Count / 2;

    /// <summary>Two rows of W by four of x and half of the lanes at a time: eight sums in registers.</summary>
    private static void NarrowTile<TFormat>(WeightMatrix weights, int* rows, float* tile, int column, int columnEnd, float* sums)
        where TFormat : IFloatFormat
    {
        for (var row = 0; row < RowTile; row += 2)
        {
            for (var half = 0; half < Lanes.Count; half += HalfLanes)
            {
                NarrowTile<TFormat>(
                    Row(weights, rows[row]), Row(weights, rows[row + 1]), half, tile, column, columnEnd, sums + row * Lanes.Count + half);
            }
        }
    }

    private static void NarrowTile<TFormat>(byte* w0, byte* w1, int half, float* tile, int column, int columnEnd, float* sums)
        where TFormat : IFloatFormat
    {
        const int Token = RowTile * Lanes.Count;
        Vector256<float> a0 = Vector256.Load(sums), b0 = Vector256.Load(sums + Lanes.Count);
        Vector256<float> a1 = Vector256.Load(sums + Token), b1 = Vector256.Load(sums + Token + Lanes.Count);
        Vector256<float> a2 = Vector256.Load(sums + 2 * Token), b2 = Vector256.Load(sums + 2 * Token + Lanes.Count);
        Vector256<float> a3 = Vector256.Load(sums + 3 * Token), b3 = Vector256.Load(sums + 3 * Token + Lanes.Count);
        var x = tile + (long)column * FloatTiles.Rows + half;
        for (var k = column; k < columnEnd; k += Lanes.Count, x += FloatTiles.Rows * Lanes.Count)
        {
            Vector256<float> a = TFormat.LoadEight(w0, k + half), b = TFormat.LoadEight(w1, k + half);
            var v = Vector256.Load(x);
            a0 = Vector256.FusedMultiplyAdd(a, v, a0);
            b0 = Vector256.FusedMultiplyAdd(b, v, b0);
            v = Vector256.Load(x + Lanes.Count);
            a1 = Vector256.FusedMultiplyAdd(a, v, a1);
            b1 = Vector256.FusedMultiplyAdd(b, v, b1);
            v = Vector256.Load(x + 2 * Lanes.Count);
            a2 = Vector256.FusedMultiplyAdd(a, v, a2);
            b2 = Vector256.FusedMultiplyAdd(b, v, b2);
            v = Vector256.Load(x + 3 * Lanes.Count);
            a3 = Vector256.FusedMultiplyAdd(a, v, a3);
            b3 = Vector256.FusedMultiplyAdd(b, v, b3);
        }

        a0.Store(sums);
        b0.Store(sums + Lanes.Count);
        a1.Store(sums + Token);
        b1.Store(sums + Token + Lanes.Count);
        a2.Store(sums + 2 * Token);
        b2.Store(sums + 2 * Token + Lanes.Count);
        a3.Store(sums + 3 * Token);
        b3.Store(sums + 3 * Token + Lanes.Count);
    }
}
