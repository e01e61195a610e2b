namespace MoE.Host;

/// <summary>
/// One row of a benchmark. Names follow llama-bench: <c>pp512</c> reads a prompt, <c>tg64</c> generates, <c>tg64x8</c> eight at once,
/// <c>tg64 @ d4096</c> after 4,096 positions.
/// </summary>
/// <param name="Test">The row's name.</param>
/// <param name="TokensPerSecond">One value a repetition.</param>
/// <param name="AllocatedBytesPerStep">Managed bytes that this process allocated per forward pass, mean.</param>
internal sealed record BenchResult(string Test, IReadOnlyList<double> TokensPerSecond, long AllocatedBytesPerStep)
{
    public double Median
    {
        get
        {
            var sorted = TokensPerSecond.Order().ToArray();
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public double Least => TokensPerSecond.Min();

    public double Most => TokensPerSecond.Max();
}

/// <summary>A whole run.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Path">Its file.</param>
/// <param name="Bytes">Bytes of its tensors.</param>
/// <param name="KvCacheType">How keys and values are stored.</param>
/// <param name="Threads">Compute threads of all expert processes together, or of the one process.</param>
/// <param name="Nodes">Expert processes; 0 is one process without a cluster.</param>
/// <param name="Kernels">What multiplies quantised weights.</param>
/// <param name="LoadSeconds">From the start of loading to the first step.</param>
/// <param name="ResidentBytes">Resident memory of all processes after the tests.</param>
/// <param name="WeightBytes">Bytes of the weights in it: the model's, and those of further copies of experts.</param>
/// <param name="KvBytes">Bytes of the KV cache in it.</param>
/// <param name="Results">The rows.</param>
internal sealed record BenchReport(
    string Model, string Path, long Bytes, string KvCacheType, int Threads, int Nodes, string Kernels, double LoadSeconds,
    long ResidentBytes, long WeightBytes, long KvBytes, IReadOnlyList<BenchResult> Results);
