using MoE.Kernels;

namespace MoE.Model;

/// <summary>The element types of safetensors: their sizes, and which are weights here.</summary>
internal static class SafetensorsDType
{
    /// <summary>Bytes of an element, or 0 for a type that the format does not have.</summary>
    public static int Bytes(string dtype) => dtype switch
    {
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" => 1,
        "I16" or "U16" or "F16" or "BF16" => 2,
        "I32" or "U32" or "F32" => 4,
        "I64" or "U64" or "F64" => 8,
        _ => 0,
    };

    /// <summary>The type as kernels know it, or null.</summary>
    public static WeightType? WeightType(string dtype) => dtype switch
    {
        "F32" => Kernels.WeightType.F32,
        "F16" => Kernels.WeightType.F16,
        "BF16" => Kernels.WeightType.BF16,
        _ => null,
    };
}
