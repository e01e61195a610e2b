namespace MoE.Kernels.Tests;

public sealed class OperationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(1000)]
    public void Dot_VectorAndReference_SameBits(int length)
    {
        var (a, b) = (Samples.Floats(length, 1), Samples.Floats(length, 2));
        Assert.Equal(VectorOps.DotReference(a, b), VectorOps.Dot(a, b));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(1000)]
    public void Softmax_VectorAndReference_SameBitsAndSumOne(int length)
    {
        var fast = Samples.Floats(length, 3, scale: 20);
        var plain = fast.ToArray();
        Softmax.InPlace(fast);
        Softmax.Reference(plain);
        Assert.Equal(plain, fast);

        // A rounding of 2^-24 per term at most.
        Assert.InRange(fast.Sum(value => (double)value), 1 - length * 6e-8, 1 + length * 6e-8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(3000)]
    public void Powers_VectorAndReference_SameBitsAndTheirSums(int length)
    {
        var random = new Random(length);
        var scores = Enumerable.Range(0, length).Select(_ => random.NextSingle() * 40 - 20).ToArray();
        var powers = new float[length];
        var sums = new float[(length + Softmax.PowerBlock - 1) / Softmax.PowerBlock];
        Softmax.Powers(scores, scores.Max(), 0.7f, powers, sums);
        for (var part = 0; part < sums.Length; part++)
        {
            var x = scores.AsSpan(part * Softmax.PowerBlock, Math.Min(Softmax.PowerBlock, length - part * Softmax.PowerBlock));
            var expected = new float[x.Length];
            Assert.Equal(Softmax.PowersReference(x, scores.Max(), 0.7f, expected), sums[part]);
            Assert.Equal(expected, powers.AsSpan(part * Softmax.PowerBlock, x.Length).ToArray());
        }

        Assert.Equal(1, powers.Max());
    }

    [Fact]
    public void Softmax_HugeScores_StaysFinite()
    {
        float[] scores = [3e38f, 3e38f, -3e38f];
        Softmax.InPlace(scores);
        Assert.Equal([0.5f, 0.5f, 0f], scores);
    }

    [Fact]
    public void SwiGlu_VectorAndReference_SameBits()
    {
        var (gate, up) = (Samples.Floats(133, 4, scale: 30), Samples.Floats(133, 5));
        var (fast, plain) = (new float[133], new float[133]);
        Activation.SwiGlu(gate, up, fast);
        Activation.SwiGluReference(gate, up, plain);
        Assert.Equal(plain, fast);
        for (var i = 0; i < 133; i++)
        {
            var exact = gate[i] / (1 + Math.Exp(-(double)gate[i])) * up[i];
            Assert.InRange(fast[i], exact - Math.Abs(exact) * 1e-6 - 1e-30, exact + Math.Abs(exact) * 1e-6 + 1e-30);
        }
    }

    [Fact]
    public void Exponential_OverItsRange_WithinTwoUlps()
    {
        for (var x = -87.3f; x < 88.3f; x += 0.0137f)
        {
            var exact = Math.Exp(x);
            var ulp = MathF.BitIncrement((float)exact) - (float)exact;
            Assert.InRange(Math.Abs(Exponential.Of(x) - exact), 0, 2.0 * ulp);
        }
    }

    [Fact]
    public void Exponential_VectorAndScalar_SameBits()
    {
        var values = Samples.Floats(1600, 6, scale: 60);
        values[0] = float.NaN;
        values[1] = float.NegativeInfinity;
        values[2] = float.PositiveInfinity;
        values[3] = -87.4f;
        var fast = new float[16];
        for (var i = 0; i < values.Length; i += 16)
        {
            Lanes.Store(Exponential.Of(Lanes.Load(values, i)), fast, 0);
            for (var lane = 0; lane < 16; lane++)
                Assert.Equal(Exponential.Of(values[i + lane]), fast[lane]);
        }
    }

    [Fact]
    public void RmsNorm_EqualsTheFormula()
    {
        var (x, weight) = (Samples.Floats(70, 7), Samples.Floats(70, 8));
        var y = new float[70];
        RmsNorm.Normalize(x, weight, 1e-5f, y);
        var factor = 1 / Math.Sqrt(x.Sum(value => (double)value * value) / 70 + 1e-5);
        for (var i = 0; i < 70; i++)
            Assert.Equal(x[i] * factor * weight[i], y[i], 1e-5);
        RmsNorm.Normalize(x, weight, 1e-5f, x);
        Assert.Equal(y, x);
    }

    [Fact]
    public void Rotary_BothStyles_RotateTheirPairs()
    {
        var (cos, sin) = (new[] { MathF.Cos(0.3f), MathF.Cos(1.1f) }, new[] { MathF.Sin(0.3f), MathF.Sin(1.1f) });
        float[] half = [1, 2, 3, 4, 9];
        Rotary.ApplyHalf(half, cos, sin);
        float[] interleaved = [1, 3, 2, 4, 9];
        Rotary.ApplyInterleaved(interleaved, cos, sin);
        Assert.Equal(Math.Cos(0.3) - 3 * Math.Sin(0.3), half[0], 1e-6);
        Assert.Equal(3 * Math.Cos(0.3) + Math.Sin(0.3), half[2], 1e-6);
        Assert.Equal([half[0], half[2], half[1], half[3], 9], interleaved);
    }
}
