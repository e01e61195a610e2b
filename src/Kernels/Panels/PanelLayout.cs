namespace MoE.Kernels;

/// <summary>
/// The order of a quantised matrix in panels of sixteen rows. For each group of 32 columns a panel holds the rows' scales side
/// by side, then vectors of 64 bytes in which each row has four bytes, the codes of four neighbouring columns: what one
/// AVX-512 register takes for <c>vpdpbusd</c>. Nothing is lost: rows can be taken out again bit for bit.
/// <para>Codes of 4 bits: vector j has columns 4j to 4j+3 in the low nibbles and 16+4j to 16+4j+3 in the high ones. Codes of
/// 8 bits: vector j has columns 4j to 4j+3, with the sign bit flipped. Q6_K adds two vectors with the upper two bits: vector h
/// has those of columns 16h+4j to 16h+4j+3 in bits 2j and 2j+1.</para>
/// <para>Superblocks (256 columns) begin with their halves; each group has a byte per row for its scale and one for its minimum,
/// or, in Q6_K, one for each of its two scales.</para>
/// </summary>
internal static class PanelLayout
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;

    /// <summary>Columns of a group.</summary>
    public const int Group = 32;

    /// <summary>Bytes of a vector of codes, four for each row.</summary>
    public const int VectorBytes = 4 * Rows;

    /// <summary>Whether there is a panel order for the type.</summary>
    public static bool Supports(WeightType type) =>
        type is WeightType.Q4_0 or WeightType.Q8_0 or WeightType.Q4_K or WeightType.Q6_K;

    /// <summary>Bytes before the first group of a block.</summary>
    public static int BlockHeaderBytes(WeightType type) => type switch
    {
        WeightType.Q4_K => 2 * sizeof(ushort) * Rows,
        WeightType.Q6_K => sizeof(ushort) * Rows,
        _ => 0,
    };

    /// <summary>Bytes of a group before its codes.</summary>
    public const int GroupHeaderBytes = 2 * Rows;

    /// <summary>Bytes of a group, its header included.</summary>
    public static int GroupBytes(WeightType type) => GroupHeaderBytes + type switch
    {
        WeightType.Q8_0 => Rows * Group,
        WeightType.Q6_K => Rows * Group * 3 / 4,
        _ => Rows * Group / 2,
    };

    /// <summary>log₂ of what a panel's unsigned codes are too large by; 0 where they are not.</summary>
    public static byte OffsetBits(WeightType type) => type switch
    {
        WeightType.Q4_0 => 3,
        WeightType.Q8_0 => 7,
        WeightType.Q6_K => 5,
        _ => 0,
    };

    /// <summary>Bytes of a block of a panel.</summary>
    public static int BlockBytes(WeightType type) => BlockHeaderBytes(type) + type.BlockSize() / Group * GroupBytes(type);

    /// <summary>Bytes of a panel.</summary>
    public static long PanelBytes(WeightType type, int columns) => (long)(columns / type.BlockSize()) * BlockBytes(type);

    /// <summary>Panels of a matrix; the last may be padded with zeros.</summary>
    public static int Panels(int rows) => (rows + Rows - 1) / Rows;

    /// <summary>Bytes of a matrix.</summary>
    public static long MatrixBytes(WeightType type, int rows, int columns) => Panels(rows) * PanelBytes(type, columns);
}
