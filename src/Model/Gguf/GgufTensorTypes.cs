using MoE.Kernels;

namespace MoE.Model;

/// <summary>ggml's tensor types: names for errors, <see cref="WeightType"/> for those that kernels exist for.</summary>
internal static class GgufTensorTypes
{
    private static readonly Dictionary<uint, string> Unsupported = new()
    {
        [4] = "q4_2", [5] = "q4_3", [9] = "q8_1", [15] = "q8_k", [16] = "iq2_xxs", [17] = "iq2_xs",
        [18] = "iq3_xxs", [19] = "iq1_s", [21] = "iq3_s", [22] = "iq2_s", [24] = "i8", [25] = "i16",
        [26] = "i32", [27] = "i64", [28] = "f64", [29] = "iq1_m", [31] = "q4_0_4_4", [32] = "q4_0_4_8", [33] = "q4_0_8_8",
        [34] = "tq1_0", [35] = "tq2_0", [36] = "iq4_nl_4_4", [37] = "iq4_nl_4_8", [38] = "iq4_nl_8_8", [40] = "nvfp4", [41] = "q1_0", [42] = "q2_0",
    };

    private static readonly string Supported = string.Join(", ", Enum.GetValues<WeightType>().Select(type => type.Name()));

    /// <exception cref="ModelFormatException">No kernel reads the type.</exception>
    public static WeightType Parse(string file, string tensor, uint type)
    {
        if (type <= int.MaxValue && WeightTypes.IsKnown((WeightType)type))
            return (WeightType)type;
        var name = Unsupported.TryGetValue(type, out var known) ? known : "unknown to ggml";
        throw new ModelFormatException($"{file}: tensor '{tensor}' has type {type} ({name}), which is not supported; supported are {Supported}");
    }
}
