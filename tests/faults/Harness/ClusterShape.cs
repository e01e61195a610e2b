namespace MoE.Faults;

/// <summary>What a scenario starts.</summary>
internal sealed record ClusterShape
{
    /// <summary>Expert nodes.</summary>
    public int Experts { get; init; } = 3;

    /// <summary>Copies of every expert.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Most bytes of experts on a node: a number with K, M, G.</summary>
    public string Memory { get; init; } = "1G";

    /// <summary>The lane of every expert node that a proxy stands before.</summary>
    public ProxiedLane Proxied { get; init; }

    /// <summary>Fronts beside the seed's; if there are any, requests go to the first of them.</summary>
    public int Fronts { get; init; }

    /// <summary>HOCON of every process, over everything but its flags.</summary>
    public string Overrides { get; init; } = "";
}
