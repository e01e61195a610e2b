namespace MoE.Kernels.Tests;

public sealed class MemoryTests
{
    [Fact]
    public void WeightMatrix_PastTheMemory_Throws()
    {
        using var memory = new NativeWeightMemory(100);
        Assert.Contains("ends past 100", Assert.Throws<ArgumentException>(() => new WeightMatrix(WeightType.F32, 5, 5, memory, 4)).Message);
        Assert.Throws<ArgumentException>(() => new WeightMatrix(WeightType.Q8_0, 1, 33, memory, 0));
        Assert.Throws<ArgumentException>(() => new WeightMatrix(WeightType.F32, int.MaxValue, int.MaxValue, memory, 0));
    }

    [Fact]
    public void Slice_OfRows_SeesTheSameBytes()
    {
        var (matrix, memory) = Samples.Weights(WeightType.Q4_0, 6, 64, 1);
        using (memory)
        {
            Assert.Equal(matrix.Row(4).ToArray(), matrix.Slice(3, 2).Row(1).ToArray());
            Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Slice(5, 2));
        }
    }

    [Fact]
    public void MappedWeightMemory_File_GivesItsBytes()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, [1, 2, 3, 4, 5]);
        try
        {
            using var memory = MappedWeightMemory.Open(path);
            Assert.Equal([2, 3, 4], memory.Slice(1, 3).ToArray());
            Assert.Throws<ArgumentOutOfRangeException>(() => memory.Slice(3, 3).Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void SharedFloats_TwoMappings_SeeTheSameValues()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (var created = SharedFloats.Create(path, 5000))
            using (var opened = SharedFloats.Open(path))
            {
                Assert.Equal(5000, opened.Length);
                Assert.All(opened.GetSpan().ToArray(), value => Assert.Equal(0, value));
                opened.Memory.Span[4999] = 2.5f;
                Assert.Equal(2.5f, created.Memory.Span[4999]);
                Assert.Throws<IOException>(() => SharedFloats.Create(path, 5000));
            }

            File.WriteAllBytes(path, [1, 2, 3]);
            Assert.Contains("3 bytes", Assert.Throws<IOException>(() => SharedFloats.Open(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void SharedFloats_Disposed_Throws()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var floats = SharedFloats.Create(path, 10);
        File.Delete(path);
        floats.Memory.Span[0] = 1;
        ((IDisposable)floats).Dispose();
        Assert.Throws<ObjectDisposedException>(() => floats.GetSpan().Length);
    }
}
