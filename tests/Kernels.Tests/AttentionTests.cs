namespace MoE.Kernels.Tests;

public sealed class AttentionTests
{
    private const int Heads = 2;

    [Theory]
    [InlineData(24, 3, 1, 40)]
    [InlineData(64, 1, 7, null)]
    [InlineData(64, 4, 9, 33)]
    [InlineData(128, 2, 16, null)]
    [InlineData(128, 1, 1, null)]
    public void Attend_VectorAndReference_SameBits(int dim, int group, int tokens, int? window)
    {
        var head = Cache(dim, 100 + tokens, out _, out _);
        var shape = new AttentionShape(tokens, group, group * dim, 100, window, 0.2f);
        var q = Samples.Floats(tokens * group * dim, 11);
        var fast = new float[q.Length];
        CausalAttention.Attend(head, shape, q, new float[shape.ScoreFloats], fast);
        Assert.Equal(Plain(head, shape, q), fast);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(61, 20)]
    public void Attend_TokenAloneOrInARun_SameBits(int first, int? window)
    {
        const int dim = 64, group = 2, tokens = 11;
        var head = Cache(dim, first + tokens, out _, out _);
        var q = Samples.Floats(tokens * group * dim, 12);
        var run = new AttentionShape(tokens, group, group * dim, first, window, 0.125f);
        var together = new float[q.Length];
        CausalAttention.Attend(head, run, q, new float[run.ScoreFloats], together);
        for (var token = 0; token < tokens; token++)
        {
            var one = run with { Tokens = 1, FirstPosition = first + token };
            var alone = new float[group * dim];
            CausalAttention.Attend(head, one, q.AsSpan(token * group * dim, group * dim), new float[one.ScoreFloats], alone);
            Assert.Equal(together.AsSpan(token * group * dim, group * dim).ToArray(), alone);
        }
    }

    [Fact]
    public void Attend_EqualsTheFormula()
    {
        const int dim = 24, positions = 45, window = 40;
        var head = Cache(dim, positions, out var keys, out var values);
        var q = Samples.Floats(dim, 13);
        var shape = new AttentionShape(1, 1, dim, positions - 1, window, 0.2f);
        var output = new float[dim];
        CausalAttention.Attend(head, shape, q, new float[shape.ScoreFloats], output);

        var scores = Enumerable.Range(positions - window, window)
            .Select(i => Enumerable.Range(0, dim).Sum(d => (double)q[d] * keys[i * dim + d]) * 0.2).ToArray();
        var sum = scores.Sum(Math.Exp);
        for (var d = 0; d < dim; d++)
        {
            var exact = scores.Select((score, i) => Math.Exp(score) / sum * values[(positions - window + i) * dim + d]).Sum();
            Assert.Equal(exact, output[d], 1e-5);
        }
    }

    /// <summary>The second of two heads. What no position has written is NaN, so that whoever reads it shows.</summary>
    private static KvHead Cache(int dim, int positions, out float[] keys, out float[] values)
    {
        keys = Samples.Floats(positions * dim, 9);
        values = Samples.Floats(positions * dim, 10);
        // In any order, as a cache that has been in use gives them out.
        var memory = new KvMemory((positions + KvHead.BlockPositions - 1) / KvHead.BlockPositions, 2 * Heads * dim * KvHead.BlockPositions);
        var blocks = Enumerable.Range(0, memory.Blocks).Reverse().ToArray();
        foreach (var block in blocks)
            memory.Block(block).Fill(float.NaN);

        var head = new KvHead(memory, blocks, dim * KvHead.BlockPositions, (Heads * KvHead.BlockPositions + 1) * dim, Heads * dim, dim);
        for (var position = 0; position < positions; position++)
        {
            head.WriteKey(position, keys.AsSpan(position * dim, dim));
            head.WriteValue(position, values.AsSpan(position * dim, dim));
        }

        return head;
    }

    private static unsafe float[] Plain(KvHead head, AttentionShape shape, float[] q)
    {
        var output = new float[q.Length];
        fixed (float* queries = q)
        fixed (float* y = output)
            AttentionReference.Attend(head, shape, queries, y);
        return output;
    }
}
