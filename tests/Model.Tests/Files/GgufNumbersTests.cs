using System.Buffers.Binary;
using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>Every number of a GGUF header, each replaced by values at the edges: the file is refused in one line, or computes.</summary>
public sealed class GgufNumbersTests : IDisposable
{
    /// <summary>Far below what a count that is believed would take, far above what a small header takes.</summary>
    private const long MostBytes = 4 << 20;

    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 3, 5, 7, 31, 33, 64, 255, 256, 65_535, 65_536, 1 << 20, 1 << 24, (1 << 24) + 1, 1 << 30, int.MaxValue, 1UL << 31,
        uint.MaxValue - 31, uint.MaxValue, 1UL << 32, 1UL << 40, (1UL << 53) + 1, 1UL << 60, long.MaxValue / 2, long.MaxValue, 1UL << 63,
        ulong.MaxValue - 31, ulong.MaxValue,
    ];

    private readonly ModelFolder _folder = new();
    private readonly ComputePool _pool = new(1, "test");

    [Theory]
    [InlineData("qwen3moe")]
    [InlineData("llama")]
    public void Open_AnyNumberAtAnEdge_IsRefusedOrComputes(string architecture)
    {
        var file = TinyGguf.Create(architecture, layers: 1);
        var original = file.ToArray();
        var (refused, served) = (0, 0);
        foreach (var (offset, bytes) in file.Numbers)
        {
            foreach (var edge in s_edges.Where(edge => bytes == sizeof(ulong) || edge <= uint.MaxValue))
            {
                var changed = original.ToArray();
                Put(changed, offset, bytes, edge);
                if (IsServed(changed))
                    served++;
                else
                    refused++;
            }
        }

        Assert.InRange(refused, 1000, int.MaxValue);
        Assert.InRange(served, 50, int.MaxValue);
    }

    [Fact]
    public void Open_SeveralNumbersAtEdges_IsRefusedOrComputes()
    {
        var file = TinyGguf.Create(layers: 1);
        var original = file.ToArray();
        var random = new Random(20261129);
        var refused = 0;
        for (var i = 0; i < 1000; i++)
        {
            var changed = original.ToArray();
            for (var change = random.Next(2, 5); change > 0; change--)
            {
                var (offset, bytes) = file.Numbers[random.Next(file.Numbers.Count)];
                Put(changed, offset, bytes, s_edges[random.Next(s_edges.Length)]);
            }

            if (!IsServed(changed))
                refused++;
        }

        Assert.InRange(refused, 500, 1000);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private static void Put(byte[] file, int offset, int bytes, ulong value)
    {
        if (bytes == sizeof(uint))
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(offset), (uint)value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(offset), value);
    }

    /// <summary>Whether the file opens. Then two tokens go through it: whatever a decoder reads lies in the file.</summary>
    private bool IsServed(byte[] bytes)
    {
        var path = _folder.Write("edge.gguf", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var source = ModelSource.Open(path);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, MostBytes);
            Assert.NotEmpty(source.Hash);
            source.CreateTokenizer();
            Compute(source);
            return true;
        }
        catch (ModelFormatException e)
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, MostBytes);
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
            return false;
        }
    }

    private void Compute(ModelSource source)
    {
        using var factory = new LocalMoELayerFactory(source, _pool);
        var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(2));
        var logits = model.Forward(new ForwardBatch([new SequenceChunk(model.CreateSequence(), new[] { 0, source.Config.VocabSize - 1 }, LogitsWanted.Last)]));
        Assert.Equal(source.Config.VocabSize, logits.Length);
        Assert.DoesNotContain(logits.ToArray(), float.IsNaN);
    }
}
