using MoE.Kernels;

namespace MoE.Model;

/// <summary>Which type a weight has once it is loaded.</summary>
internal static class LoadedType
{
    /// <summary>
    /// The router gates are always f32, so that a converted model routes as the original does. Other matrices take
    /// <paramref name="requested"/>, or f32 where their rows are no whole blocks of it, or keep their type where nothing is requested.
    /// </summary>
    public static WeightType Of(TensorRole role, WeightType stored, int columns, WeightType? requested) =>
        role is TensorRole.Router or TensorRole.SharedExpertRouter ? WeightType.F32 : Of(stored, columns, requested);

    /// <summary>The type of a routed expert's matrix.</summary>
    public static WeightType Of(WeightType stored, int columns, WeightType? requested)
    {
        if (requested is not { } type)
            return stored;
        return columns % type.BlockSize() == 0 ? type : WeightType.F32;
    }
}
