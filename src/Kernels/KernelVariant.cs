using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>
/// Which implementation runs. All of them give the same bits; to bisect a suspicion, <c>MOE_FORCE_KERNELS=scalar</c> runs the plain
/// references and <c>vector</c> the intrinsics on rows as the file has them, without panels and code made at start-up. An
/// instruction set is taken away with the runtime's own switches, <c>DOTNET_EnableAVX512=0</c>.
/// </summary>
internal static class KernelVariant
{
    public const string EnvironmentVariable = "MOE_FORCE_KERNELS";

    private static readonly string s_forced = Parse(Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>Whether the references run instead of the vector code.</summary>
    public static readonly bool Scalar = s_forced == "scalar";

    /// <summary>Whether weights may be brought into panels.</summary>
    public static readonly bool Panels = s_forced is "" or "panels";

    /// <summary>Whether products with quantised weights run on AVX2.</summary>
    public static readonly bool Avx2Products = !Scalar && Avx2.IsSupported && Fma.IsSupported;

    private static string Parse(string? value) => value switch
    {
        null => "",
        "" or "scalar" or "vector" or "panels" => value,
        _ => throw new InvalidOperationException($"{EnvironmentVariable}: unknown kernels '{value}'; known are scalar, vector and panels"),
    };
}
