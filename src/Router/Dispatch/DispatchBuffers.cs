using MoE.Gating;
using MoE.Kernels;

namespace MoE.Router;

/// <summary>Memory of one dispatch at a time: its decision and its contributions' places. Who ends a dispatch well may lend it to the next.</summary>
public sealed class DispatchBuffers
{
    public RoutingBuffers Routing { get; } = new();

    internal Contributions Contributions { get; } = new();

    /// <summary>Where the layer's thread sleeps until the dispatch ends.</summary>
    internal ThreadGate Ended { get; } = new();
}
