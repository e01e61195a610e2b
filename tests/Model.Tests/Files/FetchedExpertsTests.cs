using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>Experts whose bytes came from peers.</summary>
public sealed class FetchedExpertsTests
{
    private const int Size = 256;

    [Fact]
    public void Expert_ConversionFails_ReleasesItsBytes()
    {
        // No matrix is converted to Q4_K.
        using var experts = new FetchedExperts(
            "f00d", Size, Size, WeightType.Q4_K,
            new Dictionary<int, IReadOnlyList<ExpertTypes>> { [0] = [new ExpertTypes(WeightType.F32, WeightType.F32, WeightType.F32)] });
        using var bytes = new NativeWeightMemory(experts.StoredBytes(0, 0));
        experts.Put(0, 0, bytes);
        Assert.ThrowsAny<Exception>(() => experts.Expert(0, 0));
        Assert.Throws<ObjectDisposedException>(() => { bytes.Writable(0, 1); });
    }
}
