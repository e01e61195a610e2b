using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>The tiles for machines whose vectors have eight lanes, and sixteen registers: four rows' sums of sixteen columns, or positions, fill eight of them.</summary>
public static unsafe partial class CausalAttention
{
    private const int NarrowColumnTile = 16;

    private static void NarrowScore4(float* keys, int columns, Row* rows, int at, float scale)
    {
        for (var part = 0; part < KvHead.BlockPositions; part += NarrowColumnTile)
            NarrowScore4(keys + part, columns, rows, at + part, Vector256.Create(scale));
    }

    private static void NarrowScore4(float* keys, int columns, Row* rows, int at, Vector256<float> scale)
    {
        float* q0 = rows[0].Query, q1 = rows[1].Query, q2 = rows[2].Query, q3 = rows[3].Query;
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector256<float> b0 = default, b1 = default, b2 = default, b3 = default;
        for (var d = 0; d < columns; d++, keys += KvHead.BlockPositions)
        {
            Vector256<float> low = Vector256.Load(keys), high = Vector256.Load(keys + 8);
            var x = Vector256.Create(q0[d]);
            a0 = Vector256.FusedMultiplyAdd(x, low, a0);
            b0 = Vector256.FusedMultiplyAdd(x, high, b0);
            x = Vector256.Create(q1[d]);
            a1 = Vector256.FusedMultiplyAdd(x, low, a1);
            b1 = Vector256.FusedMultiplyAdd(x, high, b1);
            x = Vector256.Create(q2[d]);
            a2 = Vector256.FusedMultiplyAdd(x, low, a2);
            b2 = Vector256.FusedMultiplyAdd(x, high, b2);
            x = Vector256.Create(q3[d]);
            a3 = Vector256.FusedMultiplyAdd(x, low, a3);
            b3 = Vector256.FusedMultiplyAdd(x, high, b3);
        }

        Store(rows[0].Scores + at, a0 * scale, b0 * scale);
        Store(rows[1].Scores + at, a1 * scale, b1 * scale);
        Store(rows[2].Scores + at, a2 * scale, b2 * scale);
        Store(rows[3].Scores + at, a3 * scale, b3 * scale);
    }

    private static void NarrowAddTogether(float* value, int stride, Row* rows, int start, int end, int column)
    {
        float* y0 = rows[0].Output + column, y1 = rows[1].Output + column, y2 = rows[2].Output + column, y3 = rows[3].Output + column;
        float* s0 = rows[0].Scores, s1 = rows[1].Scores, s2 = rows[2].Scores, s3 = rows[3].Scores;
        Vector256<float> a0 = Vector256.Load(y0), a1 = Vector256.Load(y1), a2 = Vector256.Load(y2), a3 = Vector256.Load(y3);
        Vector256<float> b0 = Vector256.Load(y0 + 8), b1 = Vector256.Load(y1 + 8), b2 = Vector256.Load(y2 + 8), b3 = Vector256.Load(y3 + 8);
        for (var position = start; position < end; position++, value += stride)
        {
            Vector256<float> low = Vector256.Load(value), high = Vector256.Load(value + 8);
            var p = Vector256.Create(s0[position]);
            a0 = Vector256.FusedMultiplyAdd(p, low, a0);
            b0 = Vector256.FusedMultiplyAdd(p, high, b0);
            p = Vector256.Create(s1[position]);
            a1 = Vector256.FusedMultiplyAdd(p, low, a1);
            b1 = Vector256.FusedMultiplyAdd(p, high, b1);
            p = Vector256.Create(s2[position]);
            a2 = Vector256.FusedMultiplyAdd(p, low, a2);
            b2 = Vector256.FusedMultiplyAdd(p, high, b2);
            p = Vector256.Create(s3[position]);
            a3 = Vector256.FusedMultiplyAdd(p, low, a3);
            b3 = Vector256.FusedMultiplyAdd(p, high, b3);
        }

        Store(y0, a0, b0);
        Store(y1, a1, b1);
        Store(y2, a2, b2);
        Store(y3, a3, b3);
    }

    private static void Store(float* output, Vector256<float> low, Vector256<float> high)
    {
        low.Store(output);
        high.Store(output + 8);
    }
}
