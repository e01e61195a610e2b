using BenchmarkDotNet.Attributes;
using MoE.Kernels;

namespace MoE.Benchmarks.Kernels;

/// <summary>One product [T, 2048] · [1024, 2048]ᵀ, an expert's gate in OLMoE's shape, on one thread.</summary>
[MemoryDiagnoser]
public class MatMulBenchmarks
{
    private const int Rows = 1024;
    private const int Columns = 2048;
    private readonly ActivationRows _x = new();
    private NativeWeightMemory _memory = null!;
    private WeightMatrix _weights = null!;
    private WeightMemory? _panels;
    private float[] _y = [];

    [Params(WeightType.Q4_0, WeightType.Q8_0, WeightType.BF16)]
    public WeightType Type { get; set; }

    [Params(1, 8, 64)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var rowBytes = (int)Type.RowBytes(Columns);
        _memory = new NativeWeightMemory((long)Rows * rowBytes);
        var random = new Random(1);
        var row = new float[Columns];
        for (var i = 0; i < Rows; i++)
        {
            Fill(random, row);
            Quantize.Row(Type, row, _memory.Writable((long)i * rowBytes, rowBytes));
        }

        _weights = new WeightMatrix(Type, Rows, Columns, _memory, 0);
        if (WeightPanels.TryPack(_weights) is { } panels)
        {
            _weights = panels.Matrices[0];
            _panels = panels.Memory;
        }

        _x.Reset(Tokens, Columns);
        Fill(random, _x.Data);
        _x.Prepare(Type);
        _y = new float[Tokens * Rows];
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _panels?.Dispose();
        _memory.Dispose();
    }

    [Benchmark]
    public void Multiply() => MatMul.Multiply(_weights, _x, 0, Rows, _y);

    private static void Fill(Random random, Span<float> values)
    {
        foreach (ref var value in values)
            value = random.NextSingle() - 0.5f;
    }
}
