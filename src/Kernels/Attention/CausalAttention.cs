using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>
/// Causal softmax attention of neighbouring tokens over one key-value head. Each query's result depends on that query and the
/// cache alone: a score is summed column by column, the weighted values position by position, both with fused multiply-adds, so
/// the bits are the same whatever runs beside it. Keys and values of 16 bits are widened, which is exact, a block at a time.
/// </summary>
public static unsafe partial class CausalAttention
{
    /// <summary>Queries that share each load of keys or values.</summary>
    private const int RowTile = 4;

    /// <summary>Columns of values that one pass keeps in registers.</summary>
    private const int ColumnTile = 64;

    /// <summary><c>output = Σ_i softmax_i(scale · q·k_i) · v_i</c> over the positions that a query may see.</summary>
    /// <param name="head">Keys and values, written up to the last token's position.</param>
    /// <param name="shape">Which queries.</param>
    /// <param name="queries">Token t's query g begins at t · stride + g · D.</param>
    /// <param name="scratch">Buffer of at least <see cref="AttentionShape.ScratchFloats"/>.</param>
    /// <param name="output">As the queries; overwritten.</param>
    public static void Attend(in KvHead head, in AttentionShape shape, ReadOnlySpan<float> queries, Span<float> scratch, Span<float> output)
    {
        var needed = (long)(shape.Tokens - 1) * shape.Stride + (long)shape.Group * head.HeadDim;
        if (queries.Length < needed || output.Length < needed || scratch.Length < shape.ScratchFloats(head.HeadDim))
            throw new ArgumentException($"{queries.Length} and {output.Length} values and a buffer of {scratch.Length} do not fit {shape}", nameof(queries));
        fixed (float* q = queries)
        fixed (float* s = scratch)
        fixed (float* y = output)
        {
            if (ActiveKernels.Reference)
                AttentionReference.Attend(head, shape, q, y);
            else
                Attend(head, shape, q, s, y, Vector512.IsHardwareAccelerated);
        }
    }

    /// <param name="head">Keys and values.</param>
    /// <param name="shape">Which queries.</param>
    /// <param name="q">Queries.</param>
    /// <param name="scratch">Buffer.</param>
    /// <param name="y">Outputs.</param>
    /// <param name="wide">Whether tiles are for vectors of sixteen lanes; the same bits either way.</param>
    internal static void Attend(in KvHead head, in AttentionShape shape, float* q, float* scratch, float* y, bool wide)
    {
        var rows = stackalloc Row[AttentionShape.RowsAtOnce];
        var scores = scratch + (long)KvHead.BlockPositions * head.HeadDim;
        var count = shape.Tokens * shape.Group;
        for (var first = 0; first < count; first += AttentionShape.RowsAtOnce)
        {
            var together = Math.Min(AttentionShape.RowsAtOnce, count - first);
            for (var i = 0; i < together; i++)
            {
                var (token, query) = Math.DivRem(first + i, shape.Group);
                var offset = (long)token * shape.Stride + (long)query * head.HeadDim;
                rows[i] = new Row
                {
                    Query = q + offset,
                    Output = y + offset,
                    Scores = scores + (long)i * shape.ScoreStride,
                    Start = shape.FirstPositionOf(token),
                    End = shape.FirstPosition + token + 1,
                };
                new Span<float>(rows[i].Output, head.HeadDim).Clear();
            }

            // Rows are in the order of their tokens: the first sees the first position, the last the last.
            var firstBlock = rows[0].Start / KvHead.BlockPositions;
            var endBlock = (rows[together - 1].End + KvHead.BlockPositions - 1) / KvHead.BlockPositions;
            for (var block = firstBlock; block < endBlock; block++)
                Score(head.Keys(block, scratch), head.HeadDim, rows, together, block * KvHead.BlockPositions, shape.Scale, wide);
            for (var i = 0; i < together; i++)
                Softmax.InPlace(new Span<float>(rows[i].Scores + rows[i].Start, rows[i].End - rows[i].Start));
            for (var block = firstBlock; block < endBlock; block++)
                Gather(head.Values(block, scratch), head.HeadDim, rows, together, block * KvHead.BlockPositions, wide);
        }
    }

    /// <summary>A block's scores: those of positions that a query may not see, or that are not written, are never read.</summary>
    private static void Score(float* keys, int columns, Row* rows, int count, int at, float scale, bool wide)
    {
        var i = 0;
        for (; i + RowTile <= count; i += RowTile)
        {
            if (wide)
                Score4(keys, columns, rows + i, at, scale);
            else
                NarrowScore4(keys, columns, rows + i, at, scale);
        }

        for (; i < count; i++)
            Score1(keys, columns, rows[i].Query, rows[i].Scores + at, scale);
    }

    private static void Score4(float* keys, int columns, Row* rows, int at, float scale)
    {
        float* q0 = rows[0].Query, q1 = rows[1].Query, q2 = rows[2].Query, q3 = rows[3].Query;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        for (var d = 0; d < columns; d++)
        {
            var low = Vector512.Load(keys + (long)d * KvHead.BlockPositions);
            var high = Vector512.Load(keys + (long)d * KvHead.BlockPositions + 16);
            var x = Vector512.Create(q0[d]);
            a0 = Vector512.FusedMultiplyAdd(x, low, a0);
            b0 = Vector512.FusedMultiplyAdd(x, high, b0);
            x = Vector512.Create(q1[d]);
            a1 = Vector512.FusedMultiplyAdd(x, low, a1);
            b1 = Vector512.FusedMultiplyAdd(x, high, b1);
            x = Vector512.Create(q2[d]);
            a2 = Vector512.FusedMultiplyAdd(x, low, a2);
            b2 = Vector512.FusedMultiplyAdd(x, high, b2);
            x = Vector512.Create(q3[d]);
            a3 = Vector512.FusedMultiplyAdd(x, low, a3);
            b3 = Vector512.FusedMultiplyAdd(x, high, b3);
        }

        var factor = Vector512.Create(scale);
        Store(rows[0].Scores + at, a0 * factor, b0 * factor);
        Store(rows[1].Scores + at, a1 * factor, b1 * factor);
        Store(rows[2].Scores + at, a2 * factor, b2 * factor);
        Store(rows[3].Scores + at, a3 * factor, b3 * factor);
    }

    private static void Score1(float* keys, int columns, float* q, float* scores, float scale)
    {
        Vector512<float> a = default, b = default;
        for (var d = 0; d < columns; d++)
        {
            var x = Vector512.Create(q[d]);
            a = Vector512.FusedMultiplyAdd(x, Vector512.Load(keys + (long)d * KvHead.BlockPositions), a);
            b = Vector512.FusedMultiplyAdd(x, Vector512.Load(keys + (long)d * KvHead.BlockPositions + 16), b);
        }

        Store(scores, a * scale, b * scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* scores, Vector512<float> low, Vector512<float> high)
    {
        low.Store(scores);
        high.Store(scores + 16);
    }

    /// <summary>Adds a block's weighted values.</summary>
    private static void Gather(float* values, int columns, Row* rows, int count, int at, bool wide)
    {
        var i = 0;
        if (columns % ColumnTile == 0)
        {
            for (; i + RowTile <= count; i += RowTile)
                Gather4(values, columns, rows + i, at, wide);
        }

        for (; i < count; i++)
            AddAlone(values, columns, rows[i], at, rows[i].Start, rows[i].End);
    }

    /// <summary>
    /// The rows of a tile go through the positions that all of them see together; what one sees before or after them it adds alone,
    /// each in position order.
    /// </summary>
    private static void Gather4(float* values, int columns, Row* rows, int at, bool wide)
    {
        var (start, end) = (at, at + KvHead.BlockPositions);
        for (var i = 0; i < RowTile; i++)
            (start, end) = (Math.Max(start, rows[i].Start), Math.Min(end, rows[i].End));
        end = Math.Max(start, end);
        for (var i = 0; i < RowTile; i++)
            AddAlone(values, columns, rows[i], at, rows[i].Start, Math.Min(start, rows[i].End));
        if (start < end)
            AddTogether(values + (long)(start - at) * columns, columns, rows, start, end, wide);
        for (var i = 0; i < RowTile; i++)
            AddAlone(values, columns, rows[i], at, Math.Max(end, rows[i].Start), rows[i].End);
    }

    /// <summary>One row's part of the block that lies in [start, end).</summary>
    private static void AddAlone(float* values, int columns, in Row row, int at, int start, int end)
    {
        start = Math.Max(start, at);
        end = Math.Min(end, at + KvHead.BlockPositions);
        var value = values + (long)(start - at) * columns;
        if (columns % ColumnTile == 0)
        {
            for (var column = 0; column < columns && start < end; column += ColumnTile)
                AddAlone(value + column, columns, row.Output + column, row.Scores, start, end);
            return;
        }

        for (var position = start; position < end; position++, value += columns)
            VectorOps.AddScaled(new Span<float>(row.Output, columns), new ReadOnlySpan<float>(value, columns), row.Scores[position]);
    }

    private static void AddAlone(float* value, int stride, float* y, float* scores, int start, int end)
    {
        Vector512<float> a = Vector512.Load(y), b = Vector512.Load(y + 16), c = Vector512.Load(y + 32), d = Vector512.Load(y + 48);
        for (var position = start; position < end; position++, value += stride)
        {
            var p = Vector512.Create(scores[position]);
            a = Vector512.FusedMultiplyAdd(p, Vector512.Load(value), a);
            b = Vector512.FusedMultiplyAdd(p, Vector512.Load(value + 16), b);
            c = Vector512.FusedMultiplyAdd(p, Vector512.Load(value + 32), c);
            d = Vector512.FusedMultiplyAdd(p, Vector512.Load(value + 48), d);
        }

        Store(y, a, b);
        Store(y + 32, c, d);
    }

    private static void AddTogether(float* value, int columns, Row* rows, int start, int end, bool wide)
    {
        if (wide)
        {
            for (var column = 0; column < columns; column += ColumnTile)
                AddTogether(value + column, columns, rows, start, end, column);
        }
        else
        {
            for (var column = 0; column < columns; column += NarrowColumnTile)
                NarrowAddTogether(value + column, columns, rows, start, end, column);
        }
    }

    /// <summary>
    /// Positions of one block. A leaf: a call between the products would have the compiler keep the sixteen sums on the stack.
    /// </summary>
    /// <param name="value">The value at <paramref name="start"/>, from <paramref name="column"/> on.</param>
    /// <param name="stride">Floats from a position's value to the next.</param>
    /// <param name="rows">A full tile.</param>
    /// <param name="start">First position.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="column">First of the columns that are summed.</param>
    private static void AddTogether(float* value, int stride, Row* rows, int start, int end, int column)
    {
        float* y0 = rows[0].Output + column, y1 = rows[1].Output + column, y2 = rows[2].Output + column, y3 = rows[3].Output + column;
        float* s0 = rows[0].Scores, s1 = rows[1].Scores, s2 = rows[2].Scores, s3 = rows[3].Scores;
        Vector512<float> a0 = Vector512.Load(y0), a1 = Vector512.Load(y0 + 16), a2 = Vector512.Load(y0 + 32), a3 = Vector512.Load(y0 + 48);
        Vector512<float> b0 = Vector512.Load(y1), b1 = Vector512.Load(y1 + 16), b2 = Vector512.Load(y1 + 32), b3 = Vector512.Load(y1 + 48);
        Vector512<float> c0 = Vector512.Load(y2), c1 = Vector512.Load(y2 + 16), c2 = Vector512.Load(y2 + 32), c3 = Vector512.Load(y2 + 48);
        Vector512<float> d0 = Vector512.Load(y3), d1 = Vector512.Load(y3 + 16), d2 = Vector512.Load(y3 + 32), d3 = Vector512.Load(y3 + 48);
        for (var position = start; position < end; position++, value += stride)
        {
            Vector512<float> v0 = Vector512.Load(value), v1 = Vector512.Load(value + 16);
            Vector512<float> v2 = Vector512.Load(value + 32), v3 = Vector512.Load(value + 48);
            var p = Vector512.Create(s0[position]);
            a0 = Vector512.FusedMultiplyAdd(p, v0, a0);
            a1 = Vector512.FusedMultiplyAdd(p, v1, a1);
            a2 = Vector512.FusedMultiplyAdd(p, v2, a2);
            a3 = Vector512.FusedMultiplyAdd(p, v3, a3);
            p = Vector512.Create(s1[position]);
            b0 = Vector512.FusedMultiplyAdd(p, v0, b0);
            b1 = Vector512.FusedMultiplyAdd(p, v1, b1);
            b2 = Vector512.FusedMultiplyAdd(p, v2, b2);
            b3 = Vector512.FusedMultiplyAdd(p, v3, b3);
            p = Vector512.Create(s2[position]);
            c0 = Vector512.FusedMultiplyAdd(p, v0, c0);
            c1 = Vector512.FusedMultiplyAdd(p, v1, c1);
            c2 = Vector512.FusedMultiplyAdd(p, v2, c2);
            c3 = Vector512.FusedMultiplyAdd(p, v3, c3);
            p = Vector512.Create(s3[position]);
            d0 = Vector512.FusedMultiplyAdd(p, v0, d0);
            d1 = Vector512.FusedMultiplyAdd(p, v1, d1);
            d2 = Vector512.FusedMultiplyAdd(p, v2, d2);
            d3 = Vector512.FusedMultiplyAdd(p, v3, d3);
        }

        Store(y0, a0, a1);
        Store(y0 + 32, a2, a3);
        Store(y1, b0, b1);
        Store(y1 + 32, b2, b3);
        Store(y2, c0, c1);
        Store(y2 + 32, c2, c3);
        Store(y3, d0, d1);
        Store(y3 + 32, d2, d3);
    }

    /// <summary>One query: it sees [Start, End), and position p's score is Scores[p].</summary>
    private struct Row
    {
        public float* Query;
        public float* Output;
        public float* Scores;
        public int Start;
        public int End;
    }
}
