namespace MoE.Kernels;

/// <summary>
/// The name of the accumulation orders. Every kernel variant follows them to the bit, so nodes with different instruction
/// sets may serve together, and the name says nothing of the variant; a change of order is a new name, and nodes of both names
/// must not.
/// </summary>
public static class NumericPolicy
{
    public const string Current = "canonical-1";
}
