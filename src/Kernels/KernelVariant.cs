namespace MoE.Kernels;

/// <summary>An implementation of the kernels, the fastest first. All of them give the same bits.</summary>
internal enum KernelVariant
{
    /// <summary>512-bit <c>vpdpbusd</c>, code made at start-up.</summary>
    Avx512,

    /// <summary>256-bit <c>vpdpbusd</c>, code made at start-up.</summary>
    AvxVnni,

    /// <summary>256-bit <c>vpmaddubsw</c>, code made at start-up.</summary>
    Avx2,

    /// <summary>128-bit <c>sdot</c>.</summary>
    ArmDp,

    /// <summary>128-bit vectors of any machine.</summary>
    Portable,

    /// <summary>The plain references that the others are tested against, one output after another.</summary>
    Reference,
}
