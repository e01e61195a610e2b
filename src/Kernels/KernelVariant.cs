using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>
/// Which implementation runs. All of them give the same bits; <c>MOE_FORCE_KERNELS=scalar</c> runs the plain references, to
/// bisect a suspicion. An instruction set is taken away with the runtime's own switches, <c>DOTNET_EnableAVX512=0</c>.
/// </summary>
internal static class KernelVariant
{
    public const string EnvironmentVariable = "MOE_FORCE_KERNELS";

    /// <summary>Whether the references run instead of the vector code.</summary>
    public static readonly bool Scalar = Parse(Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>Whether products with quantised weights run on AVX2.</summary>
    public static readonly bool Avx2Products = !Scalar && Avx2.IsSupported && Fma.IsSupported;

    private static bool Parse(string? value) => value switch
    {
        null or "" or "vector" => false,
        "scalar" => true,
        _ => throw new InvalidOperationException($"{EnvironmentVariable}: unknown kernels '{value}'; known are scalar and vector"),
    };
}
