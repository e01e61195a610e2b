namespace MoE.Kernels;

/// <summary>What this process computes with, for reports.</summary>
public static class KernelInfo
{
    /// <summary>The name of the kernel variant.</summary>
    public static string Description => KernelVariants.Name(ActiveKernels.Variant);

    /// <summary>The environment variable that forces a variant.</summary>
    public const string EnvironmentVariable = KernelVariants.EnvironmentVariable;

    /// <summary>Names of the variants that this machine has, the fastest first, without the plain references.</summary>
    public static IReadOnlyList<string> Variants { get; } =
    [
        .. Enum.GetValues<KernelVariant>()
            .Where(variant => variant != KernelVariant.Reference && KernelVariants.Missing(variant) is null)
            .Select(KernelVariants.Name),
    ];

    /// <summary>Looks at the environment before anything is computed.</summary>
    /// <exception cref="ArgumentException"><c>MOE_FORCE_KERNELS</c> names no kernels, or such as the machine lacks.</exception>
    public static void Check() => KernelVariants.FromEnvironment();
}
