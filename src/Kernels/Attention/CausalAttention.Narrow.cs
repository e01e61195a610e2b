using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>The tile for machines whose vectors have eight lanes, and sixteen registers: four rows' sums of sixteen columns, or positions, fill eight of them.</summary>
public static unsafe partial class CausalAttention
{
    private const int NarrowColumnTile = 16;

    private static void NarrowScore4(float* keys, int columns, Row* rows, int at, float scale)
    {
        for (var i = 0; i < RowTile; i++)
            new Span<float>(rows[i].Scores + at, KvHead.BlockPositions).Clear();
        var queries = new Four(rows[0].Query, rows[1].Query, rows[2].Query, rows[3].Query);
        for (var part = 0; part < KvHead.BlockPositions; part += NarrowColumnTile)
        {
            var to = at + part;
            var scores = new Four(rows[0].Scores + to, rows[1].Scores + to, rows[2].Scores + to, rows[3].Scores + to);
            NarrowAdd(keys + part, KvHead.BlockPositions, columns, queries, scores);
        }

        for (var i = 0; i < RowTile; i++)
            VectorOps.Scale(new Span<float>(rows[i].Scores + at, KvHead.BlockPositions), scale);
    }

    private static void NarrowAddTogether(float* value, int stride, Row* rows, int start, int end, int column)
    {
        var scores = new Four(rows[0].Scores + start, rows[1].Scores + start, rows[2].Scores + start, rows[3].Scores + start);
        var outputs = new Four(rows[0].Output + column, rows[1].Output + column, rows[2].Output + column, rows[3].Output + column);
        NarrowAdd(value, stride, end - start, scores, outputs);
    }

    /// <summary><c>sums[r][c] += factors[r][i] · vectors[i · stride + c]</c> for four rows r, sixteen c, and i in order.</summary>
    private static void NarrowAdd(float* vectors, int stride, int count, Four factors, Four sums)
    {
        float* f0 = factors.A, f1 = factors.B, f2 = factors.C, f3 = factors.D;
        Vector256<float> a0 = Vector256.Load(sums.A), a1 = Vector256.Load(sums.B), a2 = Vector256.Load(sums.C), a3 = Vector256.Load(sums.D);
        Vector256<float> b0 = Vector256.Load(sums.A + 8), b1 = Vector256.Load(sums.B + 8), b2 = Vector256.Load(sums.C + 8), b3 = Vector256.Load(sums.D + 8);
        for (var i = 0; i < count; i++, vectors += stride)
        {
            Vector256<float> low = Vector256.Load(vectors), high = Vector256.Load(vectors + 8);
            var factor = Vector256.Create(f0[i]);
            a0 = Vector256.FusedMultiplyAdd(factor, low, a0);
            b0 = Vector256.FusedMultiplyAdd(factor, high, b0);
            factor = Vector256.Create(f1[i]);
            a1 = Vector256.FusedMultiplyAdd(factor, low, a1);
            b1 = Vector256.FusedMultiplyAdd(factor, high, b1);
            factor = Vector256.Create(f2[i]);
            a2 = Vector256.FusedMultiplyAdd(factor, low, a2);
            b2 = Vector256.FusedMultiplyAdd(factor, high, b2);
            factor = Vector256.Create(f3[i]);
            a3 = Vector256.FusedMultiplyAdd(factor, low, a3);
            b3 = Vector256.FusedMultiplyAdd(factor, high, b3);
        }

        Store(sums.A, a0, b0);
        Store(sums.B, a1, b1);
        Store(sums.C, a2, b2);
        Store(sums.D, a3, b3);
    }

    private static void Store(float* output, Vector256<float> low, Vector256<float> high)
    {
        low.Store(output);
        high.Store(output + 8);
    }

    /// <summary>Where something of each of four rows begins.</summary>
    private readonly struct Four(float* a, float* b, float* c, float* d)
    {
        public readonly float* A = a;
        public readonly float* B = b;
        public readonly float* C = c;
        public readonly float* D = d;
    }
}
