using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>What this process computes with, decided once.</summary>
internal static class ActiveKernels
{
    public static readonly KernelVariant Variant = KernelVariants.FromEnvironment();

    /// <summary>Whether the references run instead of the vector code.</summary>
    public static readonly bool Reference = Variant == KernelVariant.Reference;

    /// <summary>
    /// Whether weights stay in rows: AVX2 reads those where the system does not let a process make the code that reads panels, which is
    /// why nothing better was found.
    /// </summary>
    private static readonly bool s_rowsOnly =
        Variant == KernelVariant.Portable && Avx2.IsSupported && Fma.IsSupported
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(KernelVariants.EnvironmentVariable));

    /// <summary>Whether quantised weights in rows are multiplied on AVX2.</summary>
    public static readonly bool Avx2Rows = Variant <= KernelVariant.Avx2 || s_rowsOnly;

    /// <summary>Whether weights are brought into panels.</summary>
    public static readonly bool Panels = !Reference && !s_rowsOnly;
}
