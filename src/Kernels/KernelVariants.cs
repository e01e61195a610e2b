using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>
/// Which <see cref="KernelVariant"/> may run: the fastest that the machine has, or the one that <c>MOE_FORCE_KERNELS</c> names. An
/// instruction set can be taken away from the whole process with the runtime's own switches, <c>DOTNET_EnableAVX512=0</c>.
/// </summary>
internal static class KernelVariants
{
    public const string EnvironmentVariable = "MOE_FORCE_KERNELS";

    private const int F16cBit = 29;
    private const int VnniBit = 11;
    private static readonly KernelVariant[] s_all = Enum.GetValues<KernelVariant>();

    /// <summary>Whether 256-bit <c>vpdpbusd</c> has the encoding of AVX-VNNI here; else that of AVX-512.</summary>
    public static bool HasShortVnni => System.Runtime.Intrinsics.X86.AvxVnni.IsSupported;

    /// <exception cref="ArgumentException">The environment variable names no kernels, or such as the machine lacks.</exception>
    public static KernelVariant FromEnvironment() => Choose(Environment.GetEnvironmentVariable(EnvironmentVariable), Missing);

    /// <summary>The variant's name in the environment and in reports.</summary>
    public static string Name(KernelVariant variant) => variant switch
    {
        KernelVariant.Avx512 => "avx512",
        KernelVariant.AvxVnni => "avxvnni",
        KernelVariant.Avx2 => "avx2",
        KernelVariant.ArmDp => "arm-dp",
        KernelVariant.Portable => "portable",
        KernelVariant.Reference => "reference",
        _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, "no variant"),
    };

    /// <summary>The variant with the forced name; without one, the first that nothing is missing for.</summary>
    /// <param name="forced">A name, or null or nothing.</param>
    /// <param name="missing">What the machine lacks for a variant, or null.</param>
    /// <exception cref="ArgumentException">The name is unknown, or the machine lacks what it needs.</exception>
    public static KernelVariant Choose(string? forced, Func<KernelVariant, string?> missing)
    {
        if (string.IsNullOrEmpty(forced))
            return s_all.First(variant => missing(variant) is null);
        var index = Array.FindIndex(s_all, variant => Name(variant) == forced);
        if (index < 0)
            throw new ArgumentException($"{EnvironmentVariable}: unknown kernels '{forced}'; known are {Names(s_all)}");
        if (missing(s_all[index]) is { } lack)
        {
            var others = s_all.Where(variant => missing(variant) is null);
            throw new ArgumentException($"{EnvironmentVariable}: '{forced}' needs {lack}; this machine runs {Names(others)}");
        }

        return s_all[index];
    }

    /// <summary>What this machine lacks for a variant; null where it has all.</summary>
    public static string? Missing(KernelVariant variant) => variant switch
    {
        KernelVariant.Avx512 when !(Avx512BW.IsSupported && HasVnni()) => "AVX-512 with VNNI",
        KernelVariant.AvxVnni when !HasAvx2() || !(HasShortVnni || (Avx512F.VL.IsSupported && HasVnni())) => "AVX-VNNI",
        KernelVariant.Avx2 when !HasAvx2() => "AVX2, FMA and F16C",
        KernelVariant.Avx512 or KernelVariant.AvxVnni or KernelVariant.Avx2 when !ExecutableMemory.IsAllowed => "a system that lets a process make code",
        KernelVariant.ArmDp when !Dp.IsSupported => "Arm's dot product",
        _ => null,
    };

    private static bool HasAvx2() => Avx2.IsSupported && Fma.IsSupported && (X86Base.CpuId(1, 0).Ecx >> F16cBit & 1) != 0;

    private static bool HasVnni() => X86Base.IsSupported && (X86Base.CpuId(7, 0).Ecx >> VnniBit & 1) != 0;

    private static string Names(IEnumerable<KernelVariant> variants) => string.Join(", ", variants.Select(Name));
}
