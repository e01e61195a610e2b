namespace MoE.Kernels;

/// <summary>Sizes and names of the <see cref="WeightType"/>s (ggml-common.h).</summary>
public static class WeightTypes
{
    /// <summary>Whether <paramref name="type"/> is one of the enum's values.</summary>
    public static bool IsKnown(WeightType type) => BlockBytesOrZero(type) != 0;

    /// <summary>Values per block: 1 for the float types, 32 for the plain quants, 256 for the K-quants and IQ4_XS.</summary>
    public static int BlockSize(this WeightType type) => type switch
    {
        WeightType.F32 or WeightType.F16 or WeightType.BF16 => 1,
        WeightType.Q2_K or WeightType.Q3_K or WeightType.Q4_K or WeightType.Q5_K or WeightType.Q6_K or WeightType.IQ4_XS => 256,
        _ => 32,
    };

    /// <summary>Bytes per block.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is unknown.</exception>
    public static int BlockBytes(this WeightType type)
    {
        var bytes = BlockBytesOrZero(type);
        return bytes != 0 ? bytes : throw new ArgumentOutOfRangeException(nameof(type), type, "unknown weight type");
    }

    /// <summary>Bytes of a row of <paramref name="columns"/> values.</summary>
    /// <exception cref="ArgumentException"><paramref name="columns"/> is no multiple of the block size.</exception>
    public static long RowBytes(this WeightType type, int columns)
    {
        var block = type.BlockSize();
        if (columns < 0 || columns % block != 0)
            throw new ArgumentException($"a row of {columns} values is no multiple of {type.Name()}'s block of {block}", nameof(columns));
        return (long)(columns / block) * type.BlockBytes();
    }

    /// <summary>Whether products with this type take int8 activations.</summary>
    public static bool IsQuantized(this WeightType type) => type.BlockSize() > 1;

    /// <summary>The lower-case name people type: <c>q4_k</c>, <c>bf16</c>.</summary>
    public static string Name(this WeightType type) => type switch
    {
        WeightType.F32 => "f32",
        WeightType.F16 => "f16",
        WeightType.BF16 => "bf16",
        WeightType.Q4_0 => "q4_0",
        WeightType.Q4_1 => "q4_1",
        WeightType.Q5_0 => "q5_0",
        WeightType.Q5_1 => "q5_1",
        WeightType.Q8_0 => "q8_0",
        WeightType.Q2_K => "q2_k",
        WeightType.Q3_K => "q3_k",
        WeightType.Q4_K => "q4_k",
        WeightType.Q5_K => "q5_k",
        WeightType.Q6_K => "q6_k",
        WeightType.IQ4_NL => "iq4_nl",
        WeightType.IQ4_XS => "iq4_xs",
        WeightType.MXFP4 => "mxfp4",
        _ => $"type {(int)type}",
    };

    private static int BlockBytesOrZero(WeightType type) => type switch
    {
        WeightType.F32 => 4,
        WeightType.F16 or WeightType.BF16 => 2,
        WeightType.Q4_0 => 18,
        WeightType.Q4_1 => 20,
        WeightType.Q5_0 => 22,
        WeightType.Q5_1 => 24,
        WeightType.Q8_0 => 34,
        WeightType.Q2_K => 84,
        WeightType.Q3_K => 110,
        WeightType.Q4_K => 144,
        WeightType.Q5_K => 176,
        WeightType.Q6_K => 210,
        WeightType.IQ4_NL => 18,
        WeightType.IQ4_XS => 136,
        WeightType.MXFP4 => 17,
        _ => 0,
    };
}
