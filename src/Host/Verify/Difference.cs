using System.Numerics.Tensors;
using MoE.Kernels;

namespace MoE.Host;

/// <summary>Measures of how far logits are from the reference's.</summary>
internal sealed class Difference
{
    private double _squaredError;
    private double _squaredReference;
    private double _klSum;
    private long _rows;
    private long _sameFirst;

    /// <summary>The largest absolute difference; NaN once anything is.</summary>
    public double LargestAbs { get; private set; }

    /// <summary>Normalised mean squared error, <c>Σ(x − r)² / Σ r²</c>.</summary>
    public double Nmse => _squaredError / _squaredReference;

    /// <summary>Mean over rows of the Kullback-Leibler divergence KL(reference ‖ actual), nats.</summary>
    public double MeanKl => _klSum / _rows;

    /// <summary>The share of rows whose largest logit is the same token's.</summary>
    public double SameFirst => (double)_sameFirst / _rows;

    /// <summary>Rows compared.</summary>
    public long Rows => _rows;

    /// <summary>The larger of two, where NaN is the largest.</summary>
    public static double Larger(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Max(a, b);

    /// <summary>Adds rows of <paramref name="columns"/> logits.</summary>
    public void Add(ReadOnlySpan<float> actual, ReadOnlySpan<float> reference, int columns)
    {
        for (var i = 0; i < actual.Length; i++)
        {
            var error = (double)actual[i] - reference[i];
            LargestAbs = Larger(LargestAbs, Math.Abs(error));
            _squaredError += error * error;
            _squaredReference += (double)reference[i] * reference[i];
        }

        for (var start = 0; start < actual.Length; start += columns)
        {
            var expected = reference.Slice(start, columns);
            var given = actual.Slice(start, columns);
            _klSum += Kl(expected, given);
            _sameFirst += TensorPrimitives.IndexOfMax(expected) == TensorPrimitives.IndexOfMax(given) ? 1 : 0;
            _rows++;
        }
    }

    private static double Kl(ReadOnlySpan<float> reference, ReadOnlySpan<float> actual)
    {
        var (normReference, normActual) = (Softmax.LogSumExp(reference), Softmax.LogSumExp(actual));
        var sum = 0.0;
        for (var i = 0; i < reference.Length; i++)
        {
            var logReference = reference[i] - normReference;
            sum += Math.Exp(logReference) * (logReference - (actual[i] - normActual));
        }

        return sum;
    }
}
