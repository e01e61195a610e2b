namespace MoE.Model.Tests;

public sealed class RopeFrequenciesTests
{
    // Computed in doubles from the formulas of the papers and of transformers' modeling_rope_utils.py.
    [Fact]
    public void Compute_Llama3_KeepsShortWavesAndDividesLongOnes() => Equal(
        [1, 0.193922745, 0.0376060309, 0.00729266474, 0.000524846161, 3.4281022e-05, 6.64786987e-06, 1.28917317e-06],
        new RopeConfig(500000f, 16, RopeStyle.Half, new RopeScaling.Llama3(8f, 1f, 4f, 8192)));

    [Fact]
    public void Compute_Yarn_RampsBetweenTheCorrectionDimensions() => Equal(
        [1, 0.316227766, 0.1, 0.025693506, 0.00625, 0.00138349648, 0.00025, 7.90569415e-05],
        new RopeConfig(10000f, 16, RopeStyle.Half, new RopeScaling.Yarn(4f, 2048, 1.25f, 32f, 1f, Truncate: true)),
        attentionFactor: 1.25f);

    [Fact]
    public void Compute_YarnWithoutTruncation_KeepsFractionalDimensions() => Equal(
        [1, 0.177827941, 0.0316227766, 0.00551727048, 0.000607407938, 4.44569853e-05, 7.90569415e-06, 1.40585331e-06],
        new RopeConfig(1e6f, 16, RopeStyle.Half, new RopeScaling.Yarn(4f, 32768, 1f, 32f, 1f, Truncate: false)));

    [Fact]
    public void Compute_Linear_DividesAll() => Equal(
        [0.5, 0.05, 0.005, 0.0005], new RopeConfig(10000f, 8, RopeStyle.Half, new RopeScaling.Linear(2f)));

    [Fact]
    public void Compute_FrequencyFactors_DivideEachByItsOwn() => Equal(
        [1, 0.05, 0.01 / 3, 0.001 / 4],
        new RopeConfig(10000f, 8, RopeStyle.Interleaved, new RopeScaling.FrequencyFactors([1f, 2f, 3f, 4f])));

    private static void Equal(double[] expected, RopeConfig rope, float attentionFactor = 1f)
    {
        var (frequencies, factor) = RopeFrequencies.Compute(rope);
        Assert.Equal(attentionFactor, factor);
        Assert.Equal(expected.Length, frequencies.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(frequencies[i], expected[i] * (1 - 2e-6), expected[i] * (1 + 2e-6));
    }
}
