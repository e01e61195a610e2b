using BenchmarkDotNet.Attributes;
using MoE.Kernels;

namespace MoE.Benchmarks.Kernels;

/// <summary>One key-value head of 128 columns over 1,024 cached positions, on one thread.</summary>
[MemoryDiagnoser]
public class AttentionBenchmarks
{
    private const int HeadDim = 128;
    private const int Positions = 1024;
    private readonly KvMemory _memory = new(Positions / KvHead.BlockPositions, 2 * HeadDim * KvHead.BlockPositions);
    private KvHead _head;
    private AttentionShape _shape;
    private float[] _queries = [];
    private float[] _scores = [];
    private float[] _output = [];

    [Params(1, 16)]
    public int Tokens { get; set; }

    [Params(1, 8)]
    public int Group { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        var blocks = Enumerable.Range(0, _memory.Blocks).ToArray();
        foreach (var block in blocks)
        {
            foreach (ref var value in _memory.Block(block))
                value = random.NextSingle() - 0.5f;
        }

        _head = new KvHead(_memory, blocks, 0, HeadDim * KvHead.BlockPositions, HeadDim, HeadDim);
        _shape = new AttentionShape(Tokens, Group, Group * HeadDim, Positions - Tokens, null, 0.088f);
        _queries = new float[Tokens * Group * HeadDim];
        foreach (ref var value in _queries.AsSpan())
            value = random.NextSingle() - 0.5f;
        _scores = new float[_shape.ScoreFloats];
        _output = new float[_queries.Length];
    }

    [Benchmark]
    public void Attend() => CausalAttention.Attend(_head, _shape, _queries, _scores, _output);
}
