using MoE.Protocol;

namespace MoE.Router;

/// <summary>What every member must agree on: bits would differ otherwise.</summary>
/// <param name="ModelHash">The model's hash.</param>
/// <param name="NumericPolicy">How products are computed.</param>
/// <param name="KvCacheType">How fronts store keys and values.</param>
public sealed record CoordinatorIdentity(string ModelHash, string NumericPolicy, string KvCacheType)
{
    private (RefusalReason Reason, string Message)? Refusal(NodeId node, string modelHash, int wireVersion, string numericPolicy)
    {
        if (WireVersionRefusal(node, wireVersion) is { } refusal)
            return (RefusalReason.WireVersionDiffers, refusal);
        if (modelHash != ModelHash)
            return (RefusalReason.ModelHashDiffers, $"{node} has the model with hash {modelHash}, the cluster serves {ModelHash}: give both the same --model and --type");
        if (numericPolicy != NumericPolicy)
            return (RefusalReason.NumericPolicyDiffers, $"{node} computes with '{numericPolicy}', the cluster with '{NumericPolicy}': results would differ; give both the same moe.lane.activations and release of moe");
        return null;
    }

    /// <summary>Why a node that speaks a wire version cannot be answered, or null.</summary>
    public static string? WireVersionRefusal(NodeId node, int wireVersion) => wireVersion == WireVersion.Current
        ? null
        : $"{node} speaks wire version {wireVersion}, the cluster {WireVersion.Current}: run the same release of moe";

    /// <summary>Why a node's registration cannot be accepted, or null.</summary>
    public (RefusalReason Reason, string Message)? Refusal(NodeRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        var refusal = Refusal(registration.Node, registration.ModelHash, registration.WireVersion, registration.NumericPolicy);
        if (refusal is null && Defect(registration) is { } defect)
            refusal = (RefusalReason.BadRegistration, $"{registration.Node}: {defect}");
        return refusal;
    }

    /// <summary>Why a front's registration cannot be accepted, or null.</summary>
    public (RefusalReason Reason, string Message)? Refusal(RegisterFront front)
    {
        ArgumentNullException.ThrowIfNull(front);
        var refusal = Refusal(front.Node, front.ModelHash, front.WireVersion, front.NumericPolicy);
        if (refusal is null && front.KvCacheType != KvCacheType)
        {
            refusal = (RefusalReason.KvCacheTypeDiffers,
                $"{front.Node} has moe.engine.kv-cache-type = {front.KvCacheType}, the cluster {KvCacheType}: a prompt's bits would depend on the front that it meets");
        }

        return refusal;
    }

    private static string? Defect(NodeRegistration registration)
    {
        if (registration.Node.Value.Length == 0)
            return "the node has no name";
        if (registration.LaneHost.Length == 0)
            return "the lane has no host (moe.lane.host)";
        if (registration.LanePort is < 1 or > ushort.MaxValue)
            return $"lane port {registration.LanePort}: must be 1..65535";
        if (registration.Threads < 1)
            return $"{registration.Threads} threads: must be at least 1";
        return registration.MemoryBudgetBytes < 0 ? $"a budget of {registration.MemoryBudgetBytes} bytes" : null;
    }
}
