using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>The identity of models that are too large to read whole.</summary>
public sealed class ModelHashTests : IDisposable
{
    private const int Bytes = 5 << 20;
    private const int HeaderBytes = 100_000;
    private const int Sample = 64 << 10;
    private const int Stride = 1 << 20;
    private const int TensorOffset = 300_000;
    private const int TensorBytes = 1000;

    private static readonly ModelConfig s_config = RandomModel.Shape();
    private readonly NativeWeightMemory _memory = new(Bytes);

    [Theory]
    [InlineData(0, true)]
    [InlineData(HeaderBytes - 1, true)]
    [InlineData(HeaderBytes, false)]
    [InlineData(TensorOffset - 1, false)]
    [InlineData(TensorOffset, true)]
    [InlineData(TensorOffset + TensorBytes - 1, true)]
    [InlineData(TensorOffset + TensorBytes, false)]
    [InlineData(2 * Stride - 1, false)]
    [InlineData(2 * Stride, true)]
    [InlineData(2 * Stride + Sample - 1, true)]
    [InlineData(2 * Stride + Sample, false)]
    [InlineData(Bytes - Sample - 1, false)]
    [InlineData(Bytes - Sample, true)]
    [InlineData(Bytes - 1, true)]
    public void Compute_AByteChanges_CountsWhereItIsSampled(int offset, bool counts)
    {
        var (before, whole) = (Compute(0), Compute(Bytes));
        _memory.Writable(offset, 1)[0] ^= 1;
        Assert.Equal(counts, before != Compute(0));
        Assert.NotEqual(whole, Compute(Bytes));
    }

    [Fact]
    public void Compute_OtherConfigurationTypeOrLength_IsAnother()
    {
        using var longer = new NativeWeightMemory(Bytes + Stride / 2);
        var hash = Compute(0);
        Assert.Equal(hash, Compute(0));
        Assert.NotEqual(hash, ModelHash.Compute([File], [Tensor], s_config with { RmsNormEps = 1e-5f }, null, 0));
        Assert.NotEqual(hash, ModelHash.Compute([File], [Tensor], s_config, WeightType.Q8_0, 0));
        Assert.NotEqual(hash, ModelHash.Compute([new HashedFile(longer, HeaderBytes)], [Tensor], s_config, null, 0));
        Assert.NotEqual(hash, ModelHash.Compute([File, File], [Tensor], s_config, null, 0));
        Assert.Equal(hash, ModelHash.Compute([File], [Tensor], s_config with { Name = "another" }, null, 0));
    }

    public void Dispose() => _memory.Dispose();

    private HashedFile File => new(_memory, HeaderBytes);

    private StoredTensor Tensor => new(new TensorInfo("norm", "f32", [TensorBytes / 4], TensorBytes, "memory"), WeightType.F32, _memory, TensorOffset);

    private string Compute(long wholeBytes) => ModelHash.Compute([File], [Tensor], s_config, null, wholeBytes);
}
