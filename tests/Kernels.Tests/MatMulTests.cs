namespace MoE.Kernels.Tests;

public sealed unsafe class MatMulTests
{
    public static TheoryData<WeightType> Types => Samples.Types();

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_VectorAndReference_SameBits(WeightType type)
    {
        // 19 rows end in a part of a tile, 7 tokens too; 3 superblocks.
        var (weights, memory) = Samples.Weights(type, 19, 768, seed: 1);
        using (memory)
        {
            var x = Samples.Rows(7, 768, seed: 2);
            x.Prepare(type);
            var fast = new float[7 * 19];
            MatMul.Multiply(weights, x, 0, 19, fast);
            var plain = new float[7 * 19];
            fixed (float* y = plain)
                ReferenceProduct.Multiply(weights, x, 0, 19, y);
            Assert.Equal(plain, fast);
        }
    }

    [Theory]
    [InlineData(WeightType.F32, 1)]
    [InlineData(WeightType.F32, 24)]
    [InlineData(WeightType.F16, 37)]
    [InlineData(WeightType.BF16, 15)]
    public void Multiply_RowsThatFillNoRegister_SameBitsAsReference(WeightType type, int columns)
    {
        var (weights, memory) = Samples.Weights(type, 5, columns, seed: 3);
        using (memory)
        {
            var x = Samples.Rows(6, columns, seed: 4);
            var fast = new float[6 * 5];
            MatMul.Multiply(weights, x, 0, 5, fast);
            var plain = new float[6 * 5];
            fixed (float* y = plain)
                ReferenceProduct.Multiply(weights, x, 0, 5, y);
            Assert.Equal(plain, fast);
        }
    }

    /// <summary>Tiles for vectors of sixteen lanes and for vectors of eight, on any machine.</summary>
    [Theory]
    [InlineData(WeightType.F32, true)]
    [InlineData(WeightType.F32, false)]
    [InlineData(WeightType.F16, true)]
    [InlineData(WeightType.F16, false)]
    [InlineData(WeightType.BF16, true)]
    [InlineData(WeightType.BF16, false)]
    public void Multiply_FloatTilesOfEitherWidth_SameBitsAsReference(WeightType type, bool wide)
    {
        foreach (var columns in new[] { 5, 16, 37, 768, 1049 })
        {
            var (weights, memory) = Samples.Weights(type, 11, columns, seed: 7);
            using (memory)
            {
                var x = Samples.Rows(9, columns, seed: 8);
                x.Prepare(type);
                var fast = new float[9 * 11];
                var plain = new float[9 * 11];
                fixed (float* y = fast)
                    FloatProduct.Multiply(weights, x, 0, 11, y, wide);
                fixed (float* y = plain)
                    ReferenceProduct.Multiply(weights, x, 0, 11, y);
                Assert.Equal(plain, fast);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_EqualsExactProductWithinTheActivationsRounding(WeightType type)
    {
        var (weights, memory) = Samples.Weights(type, 9, 512, seed: 5);
        using (memory)
        {
            var x = Samples.Rows(3, 512, seed: 6);
            var y = new float[3 * 9];
            using var pool = new ComputePool(2, "test");
            MatMul.Multiply(pool, weights, x, y);
            var row = new float[512];
            for (var r = 0; r < 9; r++)
            {
                Dequantize.Row(type, weights.Row(r), row);
                for (var t = 0; t < 3; t++)
                {
                    double exact = 0, bound = 0;
                    for (var k = 0; k < 512; k++)
                    {
                        exact += (double)row[k] * x.Row(t)[k];

                        // Half a step of the int8 grid (the largest value is 3), or f32 rounding of one term.
                        bound += Math.Abs(row[k]) * (type.IsQuantized() ? 0.5 * 3 / 127 : 3e-6);
                    }

                    Assert.InRange(y[t * 9 + r], exact - bound, exact + bound);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_TokenAloneOrAmongOthers_SameBits(WeightType type)
    {
        var (weights, memory) = Samples.Weights(type, 24, 256, seed: 7);
        using (memory)
        {
            var together = Samples.Rows(11, 256, seed: 8);
            var expected = new float[11 * 24];
            using var pool = new ComputePool(3, "test");
            MatMul.Multiply(pool, weights, together, expected);
            for (var t = 0; t < 11; t++)
            {
                var alone = new ActivationRows();
                alone.Reset(1, 256);
                together.Row(t).CopyTo(alone.Row(0));
                alone.Prepare(type);
                var y = new float[24];
                MatMul.Multiply(weights, alone, 0, 5, y);
                MatMul.Multiply(weights, alone, 5, 24, y);
                Assert.Equal(expected.AsSpan(t * 24, 24).ToArray(), y);
            }
        }
    }

    [Fact]
    public void Multiply_NanActivation_SpreadsToItsTokenOnly()
    {
        var (weights, memory) = Samples.Weights(WeightType.Q8_0, 8, 64, seed: 9);
        using (memory)
        {
            var x = Samples.Rows(2, 64, seed: 10);
            x.Row(1)[40] = float.NaN;
            x.Prepare(WeightType.Q8_0);
            var y = new float[16];
            MatMul.Multiply(weights, x, 0, 8, y);
            Assert.All(y[..8], value => Assert.True(float.IsFinite(value)));
            Assert.All(y[8..], value => Assert.True(float.IsNaN(value)));
        }
    }

    [Fact]
    public void Multiply_ShapesThatDoNotFit_NamesThem()
    {
        var (weights, memory) = Samples.Weights(WeightType.F32, 4, 8, seed: 11);
        using (memory)
        {
            var wide = Samples.Rows(1, 9, seed: 12);
            Assert.Contains("9 values", Assert.Throws<ArgumentException>(() => MatMul.Multiply(weights, wide, 0, 4, new float[4])).Message);
            var x = Samples.Rows(1, 8, seed: 12);
            Assert.Throws<ArgumentException>(() => MatMul.Multiply(weights, x, 0, 4, new float[3]));
            Assert.Throws<ArgumentOutOfRangeException>(() => MatMul.Multiply(weights, x, 0, 5, new float[4]));
        }
    }
}
