using MoE.Kernels;

namespace MoE.Benchmarks.Kernels;

/// <summary>
/// A product [T, 2048] · [R, 2048]ᵀ. For one token R is so large that no cache holds the weights, as when a model generates; for more it is
/// an expert's.
/// </summary>
/// <param name="Type">Type of the weights.</param>
/// <param name="Tokens">T.</param>
internal readonly record struct BenchmarkProduct(WeightType Type, int Tokens)
{
    public const int Columns = 2048;

    public int Rows => Tokens == 1 ? 64 * 1024 : 1024;

    public double WeightBytes => (double)Rows * Type.RowBytes(Columns);

    public double Operations => 2.0 * Rows * Columns * Tokens;
}
