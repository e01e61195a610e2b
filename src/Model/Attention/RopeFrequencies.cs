namespace MoE.Model;

/// <summary>
/// The rotation frequencies of a <see cref="RopeConfig"/>, computed in f32 as transformers' modeling_rope_utils.py does.
/// </summary>
internal static class RopeFrequencies
{
    /// <returns>RotaryDim/2 inverse frequencies, and the factor on cos and sin.</returns>
    public static (float[] InverseFrequencies, float AttentionFactor) Compute(RopeConfig rope)
    {
        var frequencies = Default(rope);
        switch (rope.Scaling)
        {
            case null:
                return (frequencies, 1f);
            case RopeScaling.Linear linear:
                Divide(frequencies, linear.Factor);
                return (frequencies, 1f);
            case RopeScaling.Llama3 llama3:
                ScaleLlama3(frequencies, llama3);
                return (frequencies, 1f);
            case RopeScaling.Yarn yarn:
                ScaleYarn(frequencies, rope, yarn);
                return (frequencies, yarn.AttentionFactor);
            case RopeScaling.FrequencyFactors factors:
                for (var i = 0; i < frequencies.Length; i++)
                    frequencies[i] /= factors.Divisors[i];
                return (frequencies, 1f);
            default:
                throw new ModelFormatException($"rope scaling {rope.Scaling.GetType().Name} is not implemented");
        }
    }

    private static float[] Default(RopeConfig rope)
    {
        var frequencies = new float[rope.RotaryDim / 2];
        for (var i = 0; i < frequencies.Length; i++)
            frequencies[i] = 1f / MathF.Pow(rope.Theta, 2f * i / rope.RotaryDim);
        return frequencies;
    }

    private static void Divide(float[] frequencies, float factor)
    {
        foreach (ref var frequency in frequencies.AsSpan())
            frequency /= factor;
    }

    private static void ScaleLlama3(float[] frequencies, RopeScaling.Llama3 scaling)
    {
        var lowFrequencyWavelength = scaling.OriginalMaxPositionEmbeddings / scaling.LowFreqFactor;
        var highFrequencyWavelength = scaling.OriginalMaxPositionEmbeddings / scaling.HighFreqFactor;
        foreach (ref var frequency in frequencies.AsSpan())
        {
            var wavelength = 2f * MathF.PI / frequency;
            if (wavelength > lowFrequencyWavelength)
            {
                frequency /= scaling.Factor;
            }
            else if (wavelength >= highFrequencyWavelength)
            {
                var smooth = (scaling.OriginalMaxPositionEmbeddings / wavelength - scaling.LowFreqFactor)
                    / (scaling.HighFreqFactor - scaling.LowFreqFactor);
                frequency = (1f - smooth) * (frequency / scaling.Factor) + smooth * frequency;
            }
        }
    }

    private static void ScaleYarn(float[] frequencies, RopeConfig rope, RopeScaling.Yarn yarn)
    {
        var low = CorrectionDim(yarn.BetaFast, rope, yarn);
        var high = CorrectionDim(yarn.BetaSlow, rope, yarn);
        if (yarn.Truncate)
        {
            low = MathF.Floor(low);
            high = MathF.Ceiling(high);
        }

        low = Math.Max(low, 0);
        high = Math.Min(high, rope.RotaryDim - 1);
        if (low == high)
            high += 0.001f;

        for (var i = 0; i < frequencies.Length; i++)
        {
            var ramp = Math.Clamp((i - low) / (high - low), 0f, 1f);
            var extrapolation = 1f - ramp;
            frequencies[i] = frequencies[i] / yarn.Factor * (1f - extrapolation) + frequencies[i] * extrapolation;
        }
    }

    /// <summary>The dimension whose wavelength turns <paramref name="rotations"/> times over the original context.</summary>
    private static float CorrectionDim(float rotations, RopeConfig rope, RopeScaling.Yarn yarn) =>
        (float)(rope.RotaryDim * Math.Log(yarn.OriginalMaxPositionEmbeddings / (rotations * 2 * Math.PI)) / (2 * Math.Log(rope.Theta)));
}
