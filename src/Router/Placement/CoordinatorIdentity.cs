using MoE.Protocol;

namespace MoE.Router;

/// <summary>What every member must agree on: bits would differ otherwise.</summary>
/// <param name="ModelHash">The model's hash.</param>
/// <param name="NumericPolicy">How products are computed.</param>
public sealed record CoordinatorIdentity(string ModelHash, string NumericPolicy)
{
    /// <summary>Why a registration cannot be accepted, or null.</summary>
    public (RefusalReason Reason, string Message)? Refusal(NodeId node, string modelHash, int wireVersion, string numericPolicy)
    {
        if (wireVersion != WireVersion.Current)
            return (RefusalReason.WireVersionDiffers, $"{node} speaks wire version {wireVersion}, the cluster {WireVersion.Current}: run the same release of moe");
        if (modelHash != ModelHash)
            return (RefusalReason.ModelHashDiffers, $"{node} has the model {modelHash}, the cluster serves {ModelHash}: give both the same --model and --type");
        if (numericPolicy != NumericPolicy)
            return (RefusalReason.NumericPolicyDiffers, $"{node} computes with '{numericPolicy}', the cluster with '{NumericPolicy}': results would differ");
        return null;
    }
}
