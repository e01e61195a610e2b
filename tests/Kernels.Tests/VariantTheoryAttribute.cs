namespace MoE.Kernels.Tests;

/// <summary>A theory for one kernel variant; on a machine without it, it is skipped and says what is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class VariantTheoryAttribute : TheoryAttribute
{
    public VariantTheoryAttribute(KernelVariant variant)
    {
        Variant = variant;
        if (KernelVariants.Missing(variant) is { } lack)
            Skip = $"{KernelVariants.Name(variant)} needs {lack}";
    }

    public KernelVariant Variant { get; }
}
