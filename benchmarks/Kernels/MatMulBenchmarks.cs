using BenchmarkDotNet.Attributes;
using MoE.Kernels;

namespace MoE.Benchmarks.Kernels;

/// <summary>One <see cref="BenchmarkProduct"/> on one thread, with every kernel variant: a token that is generated, and a prompt's 512.</summary>
[MemoryDiagnoser]
[Config(typeof(VariantConfig))]
public class MatMulBenchmarks
{
    /// <summary>Different rows; the matrix repeats them.</summary>
    private const int DistinctRows = 64;

    private readonly ActivationRows _x = new();
    private NativeWeightMemory _memory = null!;
    private WeightMatrix _weights = null!;
    private WeightMemory? _panels;
    private float[] _y = [];

    [Params(WeightType.Q4_0, WeightType.Q8_0, WeightType.BF16)]
    public WeightType Type { get; set; }

    [Params(1, 512)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var product = new BenchmarkProduct(Type, Tokens);
        var rowBytes = (int)Type.RowBytes(BenchmarkProduct.Columns);
        _memory = new NativeWeightMemory((long)product.Rows * rowBytes);
        var random = new Random(1);
        var row = new float[BenchmarkProduct.Columns];
        for (var i = 0; i < product.Rows; i++)
        {
            var bytes = _memory.Writable((long)i * rowBytes, rowBytes);
            if (i >= DistinctRows)
            {
                _memory.Slice((long)(i % DistinctRows) * rowBytes, rowBytes).CopyTo(bytes);
                continue;
            }

            Fill(random, row);
            Quantize.Row(Type, row, bytes);
        }

        _weights = new WeightMatrix(Type, product.Rows, BenchmarkProduct.Columns, _memory, 0);
        if (WeightPanels.TryPack(_weights) is { } panels)
        {
            _weights = panels.Matrices[0];
            _panels = panels.Memory;
        }

        _x.Reset(Tokens, BenchmarkProduct.Columns);
        Fill(random, _x.Data);
        _x.Prepare(Type);
        _y = new float[Tokens * product.Rows];
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _panels?.Dispose();
        _memory.Dispose();
    }

    [Benchmark]
    public void Multiply() => MatMul.Multiply(_weights, _x, 0, _weights.Rows, _y);

    private static void Fill(Random random, Span<float> values)
    {
        foreach (ref var value in values)
            value = random.NextSingle() - 0.5f;
    }
}
