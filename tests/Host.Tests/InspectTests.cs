using MoE.Kernels;
using MoE.Model;

namespace MoE.Host.Tests;

public sealed class InspectTests
{
    [Fact]
    public void Needs_BundledModel_CountEveryExpertAndMatrix()
    {
        using var source = ModelSource.Open(ModelLocator.Find("quarto-8m"));
        var needs = ModelNeeds.Of(source, null, nodes: 2, WeightType.F32);
        const long q8Row256 = 256 / 32 * 34, q8Row128 = 128 / 32 * 34;
        const long expert = 2 * 128 * q8Row256 + 256 * q8Row128;
        Assert.Equal(expert, needs.LargestExpertBytes);
        Assert.Equal(4 * 16 * expert, needs.ExpertBytes);
        Assert.Equal(needs.ExpertBytes / 2, needs.ExpertBytesPerNode);
        Assert.Equal(1000L * 4 * 2 * 2 * 64 * sizeof(float), needs.CacheBytesPerThousandPositions);
    }

    [Fact]
    public void Needs_Type_CountTheConvertedSize()
    {
        using var source = ModelSource.Open(ModelLocator.Find("quarto-8m"));
        Assert.Equal(4L * 16 * 3 * 128 * 256 * sizeof(float), ModelNeeds.Of(source, WeightType.F32, nodes: 1, WeightType.F32).ExpertBytes);
    }

    [Fact]
    public void Needs_CacheOfSixteenBits_CountsHalf()
    {
        using var source = ModelSource.Open(ModelLocator.Find("quarto-8m"));
        Assert.Equal(1000L * 4 * 2 * 2 * 64 * sizeof(ushort), ModelNeeds.Of(source, null, nodes: 1, WeightType.BF16).CacheBytesPerThousandPositions);
    }

    [Fact]
    public void Command_EveryFixture_Succeeds()
    {
        foreach (var name in new[] { "olmoe", "qwen3moe", "mixtral/mixtral-q8_0.gguf", "qwen3moe-256/qwen3moe-256-q4_k_m.gguf" })
            Assert.Equal(0, InspectCommand.Create().Parse([Fixture.Directory(name)]).Invoke());
    }

    [Fact]
    public void Command_NoModel_ExitsWith2() => Assert.Equal(2, InspectCommand.Create().Parse(["/nowhere.gguf"]).Invoke());
}
