namespace MoE.Kernels.Tests;

public sealed class KernelVariantTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Choose_NothingForced_TheFastestThatTheMachineHas(string? forced)
    {
        Assert.Equal(KernelVariant.Avx512, KernelVariants.Choose(forced, _ => null));
        Assert.Equal(KernelVariant.Avx2, KernelVariants.Choose(forced, variant => variant < KernelVariant.Avx2 ? "it" : null));
        Assert.Equal(KernelVariant.Portable, KernelVariants.Choose(forced, variant => variant < KernelVariant.Portable ? "it" : null));
    }

    [Theory]
    [InlineData("avx512")]
    [InlineData("avxvnni")]
    [InlineData("avx2")]
    [InlineData("arm-dp")]
    [InlineData("portable")]
    [InlineData("reference")]
    public void Choose_Forced_TheNamedOne(string forced) =>
        Assert.Equal(forced, KernelVariants.Name(KernelVariants.Choose(forced, _ => null)));

    [Fact]
    public void Choose_UnknownName_NamesTheKnown()
    {
        var error = Assert.Throws<ArgumentException>(() => KernelVariants.Choose("avx3", _ => null));
        Assert.Equal("MOE_FORCE_KERNELS: unknown kernels 'avx3'; known are avx512, avxvnni, avx2, arm-dp, portable, reference", error.Message);
    }

    [Fact]
    public void Choose_MachineLacksIt_SaysWhatAndWhatItHas()
    {
        var error = Assert.Throws<ArgumentException>(
            () => KernelVariants.Choose("arm-dp", variant => variant < KernelVariant.Portable ? $"part {(int)variant}" : null));
        Assert.Equal("MOE_FORCE_KERNELS: 'arm-dp' needs part 3; this machine runs portable, reference", error.Message);
    }

    [Fact]
    public void Missing_PortableAndReference_NothingAnywhere()
    {
        Assert.Null(KernelVariants.Missing(KernelVariant.Portable));
        Assert.Null(KernelVariants.Missing(KernelVariant.Reference));
    }
}
