using Akka.Actor;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>What an expert node is made of, and whom it talks to.</summary>
/// <param name="Registration">Who this node is and what it offers.</param>
/// <param name="Source">The model; outlives the actor.</param>
/// <param name="Pool">The node's compute threads; outlive the actor.</param>
/// <param name="Coordinator">The placement coordinator, or what forwards to it.</param>
/// <param name="Listener">Gets the messages of ExpertNodeProtocol.cs that are addressed to the listener.</param>
/// <param name="Settings">Intervals and bounds.</param>
/// <param name="Fetcher">A <see cref="WeightsFetcher"/> that brings experts before they are loaded, or null where the source has them.</param>
internal sealed record ExpertNodeParts(
    NodeRegistration Registration, IExpertSource Source, IWorkQueue Pool, IActorRef Coordinator, IActorRef Listener, ExpertNodeSettings Settings, Props? Fetcher)
{
    public NodeId Id => Registration.Node;

    /// <summary>Buffers that dispatches under way share.</summary>
    public ExpertWorkspaces Workspaces { get; } = new();
}
