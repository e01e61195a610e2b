namespace MoE.Kernels.Tests;

public sealed class AttentionTests
{
    private const int Heads = 2;

    /// <summary>Every type, by lengths of heads, groups, runs and windows.</summary>
    public static TheoryData<WeightType, int, int, int, int?> Shapes()
    {
        var shapes = new TheoryData<WeightType, int, int, int, int?>();
        foreach (var type in KvMemory.Types)
        {
            shapes.Add(type, 24, 3, 1, 40);
            shapes.Add(type, 64, 1, 7, null);
            shapes.Add(type, 64, 4, 9, 33);
            shapes.Add(type, 128, 2, 16, null);
            shapes.Add(type, 128, 1, 1, null);
            shapes.Add(type, 128, 8, 1, null);
        }

        return shapes;
    }

    public static TheoryData<WeightType, int, int?> Runs()
    {
        var runs = new TheoryData<WeightType, int, int?>();
        foreach (var type in KvMemory.Types)
        {
            runs.Add(type, 0, null);
            runs.Add(type, 61, 20);
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Attend_VectorAndReference_SameBits(WeightType type, int dim, int group, int tokens, int? window)
    {
        var head = Cache(type, dim, 100 + tokens, out _, out _);
        var shape = new AttentionShape(tokens, group, group * dim, 100, window, 0.2f);
        var q = Samples.Floats(tokens * group * dim, 11);
        var plain = Plain(head, shape, q);
        Assert.Equal(plain, Attend(head, shape, q));
        Assert.Equal(plain, Attend(head, shape, q, wide: true));
        Assert.Equal(plain, Attend(head, shape, q, wide: false));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Attend_TokenAloneOrInARun_SameBits(WeightType type, int first, int? window)
    {
        const int dim = 64, group = 2, tokens = 11;
        var head = Cache(type, dim, first + tokens, out _, out _);
        var q = Samples.Floats(tokens * group * dim, 12);
        var run = new AttentionShape(tokens, group, group * dim, first, window, 0.125f);
        var together = Attend(head, run, q);
        for (var token = 0; token < tokens; token++)
        {
            var one = run with { Tokens = 1, FirstPosition = first + token };
            var alone = Attend(head, one, q[(token * group * dim)..((token + 1) * group * dim)]);
            Assert.Equal(together.AsSpan(token * group * dim, group * dim).ToArray(), alone);
        }
    }

    [Theory]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.F16)]
    public void Attend_StoredInSixteenBits_IsAttentionOverTheRoundedKeysAndValues(WeightType type)
    {
        const int dim = 64, group = 4, tokens = 5;
        var narrow = Cache(type, dim, 50 + tokens, out var keys, out var values);
        var wide = Cache(WeightType.F32, dim, 50 + tokens, out _, out _);
        Write(wide, Rounded(type, keys), Rounded(type, values));
        var shape = new AttentionShape(tokens, group, group * dim, 50, null, 0.125f);
        var q = Samples.Floats(tokens * group * dim, 14);
        Assert.Equal(Attend(wide, shape, q), Attend(narrow, shape, q));
        Assert.NotEqual(Attend(Cache(WeightType.F32, dim, 50 + tokens, out _, out _), shape, q), Attend(narrow, shape, q));
    }

    [Theory]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.F16)]
    public void Attend_KeyThatIsNoNumber_SpreadsToTheResult(WeightType type)
    {
        const int dim = 64;
        var head = Cache(type, dim, 40, out var keys, out _);
        keys[10 * dim + 3] = float.NaN;
        head.WriteKey(10, keys.AsSpan(10 * dim, dim));
        var shape = new AttentionShape(1, 4, 4 * dim, 39, null, 0.125f);
        Assert.All(Attend(head, shape, Samples.Floats(4 * dim, 15)), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void KvMemory_TypeOfBlocks_NamesThoseThatItTakes() => Assert.Contains(
        "q8_0: keys and values are stored as f32, bf16, f16",
        Assert.Throws<ArgumentException>(() => new KvMemory(1, 64, WeightType.Q8_0)).Message, StringComparison.Ordinal);

    [Fact]
    public void Attend_EqualsTheFormula()
    {
        const int dim = 24, positions = 45, window = 40;
        var head = Cache(WeightType.F32, dim, positions, out var keys, out var values);
        var q = Samples.Floats(dim, 13);
        var shape = new AttentionShape(1, 1, dim, positions - 1, window, 0.2f);
        var output = Attend(head, shape, q);

        var scores = Enumerable.Range(positions - window, window)
            .Select(i => Enumerable.Range(0, dim).Sum(d => (double)q[d] * keys[i * dim + d]) * 0.2).ToArray();
        var sum = scores.Sum(Math.Exp);
        for (var d = 0; d < dim; d++)
        {
            var exact = scores.Select((score, i) => Math.Exp(score) / sum * values[(positions - window + i) * dim + d]).Sum();
            Assert.Equal(exact, output[d], 1e-5);
        }
    }

    /// <summary>The second of two heads. What no position has written is NaN in every type, so that whoever reads it shows.</summary>
    private static unsafe KvHead Cache(WeightType type, int dim, int positions, out float[] keys, out float[] values)
    {
        keys = Samples.Floats(positions * dim, 9);
        values = Samples.Floats(positions * dim, 10);
        // In any order, as a cache that has been in use gives them out.
        var memory = new KvMemory((positions + KvHead.BlockPositions - 1) / KvHead.BlockPositions, 2 * Heads * dim * KvHead.BlockPositions, type);
        var blocks = Enumerable.Range(0, memory.Blocks).Reverse().ToArray();
        foreach (var block in blocks)
            new Span<byte>(memory.Address(block), (int)memory.BlockBytes).Fill(0xff);

        var head = new KvHead(memory, blocks, dim * KvHead.BlockPositions, (Heads + 1) * dim * KvHead.BlockPositions, dim);
        Write(head, keys, values);
        return head;
    }

    private static void Write(KvHead head, float[] keys, float[] values)
    {
        var dim = head.HeadDim;
        for (var position = 0; position < keys.Length / dim; position++)
        {
            head.WriteKey(position, keys.AsSpan(position * dim, dim));
            head.WriteValue(position, values.AsSpan(position * dim, dim));
        }
    }

    private static float[] Rounded(WeightType type, float[] values)
    {
        var stored = new byte[type.RowBytes(values.Length)];
        var rounded = new float[values.Length];
        Quantize.Row(type, values, stored);
        Dequantize.Row(type, stored, rounded);
        return rounded;
    }

    private static float[] Attend(KvHead head, AttentionShape shape, float[] q)
    {
        var output = new float[q.Length];
        CausalAttention.Attend(head, shape, q, new float[shape.ScratchFloats(head.HeadDim)], output);
        return output;
    }

    /// <summary>With the tiles of one width, whatever the machine's is.</summary>
    private static unsafe float[] Attend(KvHead head, AttentionShape shape, float[] q, bool wide)
    {
        var output = new float[q.Length];
        fixed (float* queries = q)
        fixed (float* scratch = new float[shape.ScratchFloats(head.HeadDim)])
        fixed (float* y = output)
            CausalAttention.Attend(head, shape, queries, scratch, y, wide);
        return output;
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
