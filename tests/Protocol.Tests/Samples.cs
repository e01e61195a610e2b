using System.Collections.Immutable;

namespace MoE.Protocol.Tests;

/// <summary>One message of every type, with values that need more than one byte.</summary>
internal static class Samples
{
    public static readonly NodeId NodeA = new("10.0.0.1:4053#a");
    public static readonly NodeId NodeB = new("10.0.0.2:4053#b");

    private static readonly ExpertId[] s_experts =
        [new(0, 0), new(0, 1), new(0, 2), new(0, 7), new(3, 5), new(3, 127), new(3, 128), new(300, 65_535)];

    public static readonly NodeRegistration Registration =
        new(NodeA, "10.0.0.1", 40_123, "abc123", 1, "canonical-1", 34_359_738_368, 16);

    public static readonly FetchCounts Fetched =
        new(1_000_000, 2_500, 3_000, 4, 5, [new FetchSource(NodeB, 900_000, 2_000), new FetchSource(NodeA, 100_000, 300)]);

    public static readonly ExpertPlacement Placement = ExpertPlacement.Create(7, new Dictionary<ExpertId, ImmutableArray<NodeId>>
    {
        [new(1, 0)] = [NodeB, NodeA],
        [new(1, 1)] = [NodeA],
        [new(1, 2)] = [NodeB, NodeA],
        [new(2, 0)] = [NodeA],
    });

    public static readonly IReadOnlyList<IWireMessage> All =
    [
        new RegisterNode(Registration, [.. s_experts], 9_000_000_000),
        new NodeAccepted(NodeA),
        new NodeLeaving(NodeA),
        new NodeReleased(NodeA),
        new RegistrationRefused(NodeA, RefusalReason.NumericPolicyDiffers, "é differs"),
        new RegisterFront(NodeB, "abc123", 1, "canonical-1", "bf16", Placement),
        new FrontAccepted(NodeB),
        new LoadExperts(5, NodeA, [.. s_experts]),
        new LoadProgress(5, NodeA, 3, 8, 1_000_000),
        new ExpertsReady(5, NodeA, 3_000_000_000),
        new LoadFailed(5, NodeA, "expert 3/5: no space"),
        new ReleaseExperts(5, NodeA),
        new PublishPlacement(Placement, [new LaneEndpoint(NodeA, "10.0.0.1", 40_123), new LaneEndpoint(NodeB, "::1", 1)]),
        new PlacementAdopted(7, NodeB),
        new PlacementImpossible(7, "12 bytes are short"),
        new ReportNodeFault(NodeB, NodeA, "NaN"),
        new ReportNodeLoad(NodeA, NodeState.Ready, 8, 3_000_000_000, 99, 12, 2, 9_000_000_000, Fetched),
        new ReportExpertLoad(NodeB, 7, [new(new ExpertId(1, 2), 4_096), new(new ExpertId(2, 0), 1)]),
        new GetClusterStatus(),
        new ClusterStatus(
            7,
            "abc123",
            [new NodeStatus(Registration, NodeState.Draining, [.. s_experts], 5, 6, 7, 8, 9, Fetched, 10, Reachable: false, "NaN", "disk", 3)],
            [NodeB],
            [new ExpertId(9, 1)],
            1,
            [new(new ExpertId(1, 2), 4_096)],
            3,
            8),
        new GetModelOutline(NodeA, 3),
        new ModelOutline("abc123", 2_048, 768, 8, [new ExpertRun(1, 128, 8, 8, 14), new ExpertRun(2, 100, 2, 2, 2), new ExpertRun(2, 28, 2, 2, 8)]),
        new OfferWeights(new LaneEndpoint(NodeA, "10.0.0.1", 40_123), "abc123", Whole: false, [.. s_experts]),
        new GetWeightSources(NodeA, [.. s_experts]),
        new WeightSources(
            [new ExpertDigest(new ExpertId(3, 128), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")],
            [new WeightPeer(new LaneEndpoint(NodeB, "::1", 1), [.. s_experts])]),
        new PlacementPending("1 of 2 é"),
    ];
}
