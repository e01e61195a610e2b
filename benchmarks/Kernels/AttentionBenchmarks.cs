using BenchmarkDotNet.Attributes;
using MoE.Kernels;

namespace MoE.Benchmarks.Kernels;

/// <summary>One key-value head of 128 columns over 1,024 cached positions, on one thread.</summary>
[MemoryDiagnoser]
public class AttentionBenchmarks
{
    private const int HeadDim = 128;
    private const int Positions = 1024;
    private readonly Random _random = new(1);
    private KvHead _head;
    private AttentionShape _shape;
    private float[] _queries = [];
    private float[] _scores = [];
    private float[] _output = [];

    [Params(1, 16)]
    public int Tokens { get; set; }

    [Params(1, 8)]
    public int Group { get; set; }

    [Params(WeightType.F32, WeightType.BF16, WeightType.F16)]
    public WeightType Type { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var memory = new KvMemory(Positions / KvHead.BlockPositions, 2 * HeadDim * KvHead.BlockPositions, Type);
        _head = new KvHead(memory, [.. Enumerable.Range(0, memory.Blocks)], 0, HeadDim * KvHead.BlockPositions, HeadDim);
        for (var position = 0; position < Positions; position++)
        {
            _head.WriteKey(position, Row(HeadDim));
            _head.WriteValue(position, Row(HeadDim));
        }

        _shape = new AttentionShape(Tokens, Group, Group * HeadDim, Positions - Tokens, null, 0.088f);
        _queries = Row(Tokens * Group * HeadDim);
        _scores = new float[_shape.ScratchFloats(HeadDim)];
        _output = new float[_queries.Length];
    }

    [Benchmark]
    public void Attend() => CausalAttention.Attend(_head, _shape, _queries, _scores, _output);

    private float[] Row(int length)
    {
        var row = new float[length];
        foreach (ref var value in row.AsSpan())
            value = _random.NextSingle() - 0.5f;
        return row;
    }
}
