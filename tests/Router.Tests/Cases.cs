using System.Collections.Immutable;
using MoE.Gating;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>Small placements, routings and rows.</summary>
internal static class Cases
{
    public const int HiddenSize = 4;
    public const int NumExperts = 4;
    public static readonly NodeId A = new("10.0.0.1:1#a");
    public static readonly NodeId B = new("10.0.0.2:1#b");
    public static readonly NodeId C = new("10.0.0.3:1#c");

    public static readonly DispatchSettings Settings = new(
        Deadline: TimeSpan.FromSeconds(30), DeadlineTick: TimeSpan.FromMilliseconds(50), ReconnectInterval: TimeSpan.FromMilliseconds(500), MaxPending: 2, OverlapTokens: 256,
        RecoveryTimeout: TimeSpan.FromSeconds(40), MaxAttempts: 16, RetryPause: TimeSpan.FromMilliseconds(100), SlowPause: TimeSpan.FromSeconds(2),
        new HedgeSettings(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), Factor: 3, Share: 0.1, Burst: 4), ReplicaSelectionPolicies.Primary);

    /// <summary>A coordinator's settings.</summary>
    public static CoordinatorSettings Coordinator(int minNodes = 1, int maxNodes = 10, PlacementGoals? goals = null) => new(
        minNodes, maxNodes, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4), goals ?? PlacementGoals.Single,
        new BalanceSettings(TimeSpan.FromMinutes(1), 1.25, 0.1, 100, 4), new SpeedSettings(Measured: true, Change: 1.3, MaxRatio: 16),
        new Backoff(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)));

    /// <summary>Experts 0 and 1 on A, 2 and 3 on B, in layers 0 and 1.</summary>
    public static ExpertPlacement OnAAndB(long version = 1) => Placement(version, expert => expert < 2 ? A : B);

    /// <summary>Every expert on A and, second, on B.</summary>
    public static ExpertPlacement Replicated(long version = 1) => ExpertPlacement.Create(
        version, OnAAndB().Experts.ToDictionary(expert => expert, _ => ImmutableArray.Create(A, B)));

    public static ExpertPlacement Placement(long version, Func<int, NodeId> nodeOf) => ExpertPlacement.Create(
        version,
        Enumerable.Range(0, 2)
            .SelectMany(layer => Enumerable.Range(0, NumExperts).Select(expert => new ExpertId(layer, expert)))
            .ToDictionary(expert => expert, expert => ImmutableArray.Create(nodeOf(expert.Expert))));

    public static ImmutableArray<LaneEndpoint> Endpoints(ExpertPlacement placement) =>
        [.. placement.Nodes.Select((node, i) => new LaneEndpoint(node, "127.0.0.1", 9000 + i))];

    /// <summary>Rows whose values tell token and column.</summary>
    public static ActivationRows Rows(int tokens)
    {
        var rows = new ActivationRows();
        rows.Reset(tokens, HiddenSize);
        for (var token = 0; token < tokens; token++)
        {
            for (var column = 0; column < HiddenSize; column++)
                rows.Row(token)[column] = 10 * token + column;
        }

        return rows;
    }

    /// <summary>A dispatch of layer 1.</summary>
    public static DispatchHandle Handle(ulong id, int tokens) => new DispatchHandle().Begin(id, 1, Rows(tokens));

    /// <summary>What the gating actor would say of it.</summary>
    public static TokensRouted Routed(DispatchHandle handle, TokenRouting routing) =>
        handle.Question.Ask(handle.DispatchId, handle.Layer, handle.Hidden, Akka.Actor.ActorRefs.Nobody).Answer(routing);

    /// <summary>One row of chosen experts a token.</summary>
    public static TokenRouting Routing(params int[][] experts)
    {
        var routing = new TokenRouting(experts.Length, experts[0].Length);
        for (var token = 0; token < experts.Length; token++)
        {
            for (var slot = 0; slot < routing.TopK; slot++)
            {
                routing.TopkExperts[token * routing.TopK + slot] = experts[token][slot];
                routing.TopkWeights[token * routing.TopK + slot] = 1f / (slot + 2);
            }
        }

        return routing;
    }

    /// <summary>Every token with as many different experts.</summary>
    public static TokenRouting RandomRouting(Random random, int tokens, int numExperts)
    {
        var topK = random.Next(1, numExperts + 1);
        return Routing([.. Enumerable.Range(0, tokens).Select(_ =>
        {
            var chosen = Enumerable.Range(0, numExperts).ToArray();
            random.Shuffle(chosen);
            return chosen[..topK];
        })]);
    }

    /// <summary>What a node answers: each row plus a hundred times the expert.</summary>
    public static ContributionFrame Answer(DispatchFrame frame)
    {
        var rows = new Pooled<float>(frame.Experts.Pairs * HiddenSize);
        var next = 0;
        for (var i = 0; i < frame.Experts.Count; i++)
        {
            foreach (var row in frame.Experts.Rows(i))
            {
                for (var column = 0; column < HiddenSize; column++)
                    rows.Span[next++] = frame.Rows.Span[row * HiddenSize + column] + 100 * frame.Experts.Expert(i);
            }
        }

        return ContributionFrame.Rent(frame.DispatchId, frame.Layer, HiddenSize, rows);
    }

    public static DispatchFailedFrame Refusal(DispatchFrame frame, DispatchFailure failure, params int[] experts) =>
        new() { DispatchId = frame.DispatchId, Layer = frame.Layer, Failure = failure, Message = "no", Experts = [.. experts] };

    /// <summary>Every pair's row of the contributions, by (token, expert).</summary>
    public static Dictionary<(int Token, int Expert), float[]> Pairs(Contributions contributions)
    {
        var pairs = new Dictionary<(int, int), float[]>();
        var permutation = contributions.Permutation;
        for (var group = 0; group < permutation.Experts.Length; group++)
        {
            var tokens = permutation.TokensOf(group);
            for (var i = 0; i < tokens.Length; i++)
                pairs[(tokens[i], permutation.Experts[group])] = contributions.Pair(permutation.FirstPair(group) + i).ToArray();
        }

        return pairs;
    }
}
