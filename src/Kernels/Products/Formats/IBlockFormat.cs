using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>How a fast product reads a block format; <see cref="BlockCodes"/> is the plain reading.</summary>
internal unsafe interface IBlockFormat
{
    /// <summary>Bytes of a block.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Groups of 32 codes in a block.</summary>
    static abstract int Groups { get; }

    /// <summary>Whether <see cref="Codes"/> are signed bytes; else unsigned ones.</summary>
    static abstract bool SignedCodes { get; }

    /// <summary>What unsigned codes are too large by.</summary>
    static virtual int Offset => 0;

    static virtual bool HasMinimum => false;

    /// <summary>32 codes.</summary>
    static abstract Vector256<byte> Codes(byte* block, int group);

    /// <summary>What each pair of neighbouring codes is multiplied by, an integer scale or 1.</summary>
    static virtual Vector256<short> PairWeights(byte* block, int group) => Vector256<short>.One;

    /// <summary>Where a minimum is for 16 codes, the integers that a group's two are under its one: for the first sixteen, for the others.</summary>
    static virtual (int First, int Second) MinimumWeights(byte* block, int group) => (1, 1);

    /// <summary>Whether <see cref="MinimumWeights"/> are other than 1.</summary>
    static virtual bool HasMinimumWeights => false;

    /// <summary>Writes each group's scale and, where there is one, minimum, <see cref="MatMul.RowTile"/> floats apart.</summary>
    static abstract void Scales(byte* block, float* scales, float* minimums);
}
