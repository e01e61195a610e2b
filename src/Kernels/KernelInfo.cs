using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>What this process computes with, for reports.</summary>
public static class KernelInfo
{
    /// <summary>The kernels of quantised weights.</summary>
    public static string Description =>
        PanelKernels.IsSupported ? "panels, AVX-512 VNNI"
        : KernelVariant.Avx2Products ? Avx512F.IsSupported ? "rows, AVX2 with AVX-512 floats" : "rows, AVX2"
        : "scalar";
}
