using MoE.Kernels;

namespace MoE.Model.Tests;

public sealed class RandomWeightsTests
{
    private const int Blocks = 4096;

    /// <summary>A mean of a twentieth of the deviation already adds up over a row and makes all tokens alike.</summary>
    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.Q8_0)]
    [InlineData(WeightType.Q5_0)]
    [InlineData(WeightType.Q5_1)]
    [InlineData(WeightType.Q4_0)]
    [InlineData(WeightType.Q4_1)]
    [InlineData(WeightType.Q2_K)]
    [InlineData(WeightType.Q3_K)]
    [InlineData(WeightType.Q4_K)]
    [InlineData(WeightType.Q5_K)]
    [InlineData(WeightType.Q6_K)]
    [InlineData(WeightType.IQ4_NL)]
    [InlineData(WeightType.IQ4_XS)]
    [InlineData(WeightType.MXFP4)]
    public void Fill_EveryType_HasNoMeanAndTheDeviationAskedFor(WeightType type)
    {
        const float deviation = 0.25f;
        var bytes = new byte[Blocks * type.BlockBytes()];
        var values = new float[Blocks * type.BlockSize()];
        RandomWeights.Fill(type, deviation, seed: 3, bytes);
        Dequantize.Row(type, bytes, values);
        Assert.InRange(values.Average() / deviation, -0.02, 0.02);
        Assert.InRange(Math.Sqrt(values.Average(value => (double)value * value)) / deviation, 0.9, 1.1);
    }

    [Fact]
    public void Fill_SameSeed_GivesTheSameBytes()
    {
        var (first, second) = (new byte[1800], new byte[1800]);
        RandomWeights.Fill(WeightType.Q4_0, 1, seed: 5, first);
        RandomWeights.Fill(WeightType.Q4_0, 1, seed: 5, second);
        Assert.Equal(first, second);
    }
}
