using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>A file of every type, written, opened and computed with.</summary>
public sealed class SyntheticModelTests : IDisposable
{
    private static readonly int[] s_prompt = [.. Enumerable.Range(0, 24).Select(i => i * 37 % 512)];

    private readonly ModelFolder _folder = new();
    private readonly ComputePool _pool = new(2, "test");

    public static TheoryData<WeightType> Types => [.. Enum.GetValues<WeightType>()];

    /// <summary>
    /// Activations of eight bits are within a hundredth of f32's in one product; where one of two like experts is chosen for the other, a
    /// token's logits differ by more. A wrong code or scale makes them as different as two prompts'.
    /// </summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Write_AnyType_OpensAndComputesNearlyWhatF32Does(WeightType type)
    {
        var path = _folder.File("tiny.gguf");
        new SyntheticModel(ModelShape.Known.Single(shape => shape.Name == "tiny"), type).Write(path);
        var exact = Logits(path, WeightType.F32);
        var logits = Logits(path, null);
        var power = exact.Sum(logit => (double)logit * logit);
        Assert.InRange(exact.Zip(logits, (a, b) => (double)(a - b) * (a - b)).Sum() / power, 0, 0.1);
        using var source = ModelSource.Open(path);
        Assert.Equal(type, source.Matrix(TensorRole.QProj, 0).Type);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private float[] Logits(string path, WeightType? type)
    {
        using var source = ModelSource.Open(path, type);
        using var factory = new LocalMoELayerFactory(source, _pool);
        var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(4));
        return model.Forward(new ForwardBatch([new SequenceChunk(model.CreateSequence(), s_prompt, LogitsWanted.All)])).ToArray();
    }
}
