using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>Expert node → coordinator: how I am. Sent at intervals and on a change of state. No reply. Idempotent. At most 3 KiB.</summary>
/// <param name="Node">Who reports.</param>
/// <param name="State">Where its life stands.</param>
/// <param name="ExpertsHeld">Experts in memory.</param>
/// <param name="BytesHeld">Their bytes.</param>
/// <param name="RowsComputed">(Expert, row) pairs computed since it started.</param>
/// <param name="DispatchesServed">Dispatches answered since it started.</param>
/// <param name="QueueLength">Dispatches under way.</param>
/// <param name="Speed">Bytes of experts' weights a second that it computes with, measured on small batches; 0 while not known.</param>
/// <param name="Fetched">What it fetched from peers.</param>
public sealed record ReportNodeLoad(
    NodeId Node, NodeState State, int ExpertsHeld, long BytesHeld, long RowsComputed, long DispatchesServed, int QueueLength, long Speed,
    FetchCounts Fetched) : IWireMessage;

/// <summary>An expert node's life. Append only: the values travel.</summary>
public enum NodeState
{
    /// <summary>Registering, or waiting for experts.</summary>
    Joining = 1,

    /// <summary>Reading experts; serves those it holds.</summary>
    Loading = 2,

    /// <summary>Holds all it was asked to.</summary>
    Ready = 3,

    /// <summary>Leaving; serves until no placement names it.</summary>
    Draining = 4,
}

/// <summary>
/// Front → coordinator: what the experts got. Sent at intervals. No reply. Idempotent: counts are totals. At most
/// <see cref="WireLimits.MaxExperts"/> entries of up to 15 bytes.
/// </summary>
/// <param name="Front">Who reports.</param>
/// <param name="Version">The placement it routes by, 0 for none.</param>
/// <param name="Loads">Experts that got any tokens.</param>
public sealed record ReportExpertLoad(NodeId Front, long Version, ImmutableArray<ExpertLoad> Loads) : IWireMessage;

/// <summary>Tokens that an expert got.</summary>
public readonly record struct ExpertLoad(ExpertId Expert, long Tokens);
