using CsCheck;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>What is fetched from whom: bounded, resumed where a peer stopped, never from a peer that lied.</summary>
public sealed class FetchPlanTests
{
    private const string Digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static readonly NodeId s_self = new("self");
    private static readonly NodeId s_a = new("a");
    private static readonly NodeId s_b = new("b");
    private static readonly ExpertId s_expert = new(1, 2);
    private static readonly WeightsSettings s_settings =
        new(true, 0, 0, 1 << 20, ChunkBytes: 10, WindowChunks: 2, FetchBytes: 100, MaxAttempts: 3,
            SourceTimeout: TimeSpan.FromSeconds(5), RetryInterval: TimeSpan.FromSeconds(1), OfferInterval: TimeSpan.FromSeconds(1),
            RangeDeadline: new RangeDeadline(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), 8));

    [Fact]
    public void Requests_Window_IsFilledAndCutAtTheEnd()
    {
        var plan = Fetching(25, s_a);
        Assert.Equal([(0, 10), (10, 10)], Ranges(plan.Requests(s_a)));
        Assert.Empty(plan.Requests(s_a));
        Assert.Equal((s_expert, 0L, false), plan.Received(s_a, 1, 10));
        Assert.Equal([(20, 5)], Ranges(plan.Requests(s_a)));
        Assert.Equal((s_expert, 10L, false), plan.Received(s_a, 2, 10));
        Assert.Equal((s_expert, 20L, true), plan.Received(s_a, 3, 5));
        Assert.Equal((true, null), plan.Checked(s_expert, plan.Check(s_expert).Ticket, matches: true));
        Assert.Equal([s_expert], plan.Delivered);
        Assert.Equal((25, 25), (plan.FetchedBytes, plan.WantedBytes));
    }

    [Fact]
    public void Lost_AnotherPeer_GoesOnAtTheOffsetReached()
    {
        var plan = Fetching(25, s_a, s_b);
        Assert.Equal(2, plan.Requests(s_a).Count);
        plan.Received(s_a, 1, 10);
        plan.Lost(s_a, "gone");
        Assert.Empty(plan.Requests(s_a));
        Assert.Equal([(10, 10), (20, 5)], Ranges(plan.Requests(s_b)));
        Assert.Null(plan.Received(s_a, 2, 10));
        Assert.Equal((s_expert, 10L, false), plan.Received(s_b, 3, 10));
        Assert.Equal((s_expert, 20L, true), plan.Received(s_b, 4, 5));
    }

    [Fact]
    public void Late_AnotherPeer_GoesOnAtTheOffsetReached()
    {
        var plan = Fetching(25, s_a, s_b);
        plan.Requests(s_a);
        plan.Received(s_a, 1, 10);
        Assert.Equal(10, plan.UnderWay(s_a));
        Assert.Equal(1, plan.Late(s_a, "late"));
        Assert.Equal((0, 1), (plan.UnderWay(s_a), plan.Resumed));
        Assert.Equal([(10, 10), (20, 5)], Ranges(plan.Requests(s_b)));
        Assert.Null(plan.Received(s_a, 2, 10));
    }

    /// <summary>What it was asked for is on its way and not asked for twice; whoever else has it by now takes over.</summary>
    [Fact]
    public void Late_TheOnlyPeer_KeepsItsTurnUntilAnotherHasTheExpert()
    {
        var plan = Fetching(25, s_a);
        plan.Requests(s_a);
        Assert.Empty(plan.Asking(paused: true));
        Assert.Equal(0, plan.Late(s_a, "late"));
        Assert.Empty(plan.Asking(paused: false));
        Assert.Equal([s_expert], plan.Asking(paused: true));
        plan.Sourced(s_expert, Digest, [s_a]);
        Assert.Equal(0, plan.Late(s_a, "late"));
        Assert.Empty(plan.Requests(s_a));
        plan.Sourced(s_expert, Digest, [s_a, s_b]);
        Assert.Equal(1, plan.Late(s_a, "late"));
        Assert.Equal([(0, 10), (10, 10)], Ranges(plan.Requests(s_b)));
        Assert.Equal(0, plan.Late(s_b, "late"));
    }

    [Fact]
    public void Late_ThenARange_IsLikeTheOthersAgain()
    {
        var plan = Fetching(25, s_a);
        plan.Requests(s_a);
        plan.Late(s_a, "late");
        plan.Received(s_a, 1, 10);
        Assert.Empty(plan.Asking(paused: true));
    }

    [Fact]
    public void Lost_TheOnlyPeer_IsAskedForAgainAfterAPauseAndGivenUpInTheEnd()
    {
        var plan = Fetching(25, s_a);
        for (var attempt = 1; attempt <= s_settings.MaxAttempts; attempt++)
        {
            Assert.Empty(plan.TakeFailed());
            plan.Sourced(s_expert, Digest, [s_a]);
            plan.Lost(s_a, "gone");
            Assert.Empty(plan.Asking(paused: false));
        }

        Assert.Equal((s_expert, "3 attempts to fetch it failed (moe.weights.max-attempts): a: gone"), Assert.Single(plan.TakeFailed()));
        Assert.True(plan.Idle);
    }

    /// <summary>A node that joins before others have said what they have waits for them; no attempt is counted.</summary>
    [Fact]
    public void Sourced_NobodyHasIt_WaitsForTheTimeoutAndNotForAttempts()
    {
        var plan = Asking(25);
        for (var round = 1; round < s_settings.SourceTimeout / s_settings.RetryInterval; round++)
        {
            plan.Sourced(s_expert, Digest, [s_self]);
            Assert.Empty(plan.TakeFailed());
            Assert.Empty(plan.Asking(paused: false));
        }

        plan.Sourced(s_expert, Digest, [s_a]);
        Assert.Equal(s_a, Assert.Single(plan.Peers));
        plan.Lost(s_a, "gone");
        for (var round = 1; round <= s_settings.SourceTimeout / s_settings.RetryInterval; round++)
        {
            Assert.Empty(plan.TakeFailed());
            plan.Sourced(s_expert, Digest, []);
        }

        Assert.Equal((s_expert, "no reachable node has had it for 5 s (moe.weights.source-timeout)"), Assert.Single(plan.TakeFailed()));
    }

    [Fact]
    public void Sourced_OnlyByAPeerThatLied_IsGivenUpAfterTheAttempts()
    {
        var plan = Fetching(10, s_a);
        plan.Requests(s_a);
        plan.Received(s_a, 1, 10);
        plan.Checked(s_expert, plan.Check(s_expert).Ticket, matches: false);
        plan.Sourced(s_expert, Digest, [s_a]);
        plan.Sourced(s_expert, Digest, [s_a]);
        Assert.Equal(
            (s_expert, "3 attempts to fetch it failed (moe.weights.max-attempts): every node that has it gave wrong bytes"),
            Assert.Single(plan.TakeFailed()));
    }

    [Fact]
    public void Checked_WrongBytesOfOnePeer_AreFetchedFromAnotherAndThePeerIsNeverAskedAgain()
    {
        var plan = Fetching(10, s_a, s_b);
        plan.Requests(s_a);
        Assert.Equal((s_expert, 0L, true), plan.Received(s_a, 1, 10));
        Assert.Equal((true, s_a), plan.Checked(s_expert, plan.Check(s_expert).Ticket, matches: false));
        Assert.Equal([(0, 10)], Ranges(plan.Requests(s_b)));
        plan.Lost(s_b, "gone");
        plan.Sourced(s_expert, Digest, [s_a]);
        Assert.Empty(plan.Peers);
    }

    [Fact]
    public void Checked_WrongBytesOfTwoPeers_BlameNobody()
    {
        var plan = Fetching(20, s_a, s_b);
        plan.Requests(s_a);
        plan.Received(s_a, 1, 10);
        plan.Lost(s_a, "gone");
        plan.Requests(s_b);
        Assert.Equal((s_expert, 10L, true), plan.Received(s_b, 3, 10));
        Assert.Equal((true, null), plan.Checked(s_expert, plan.Check(s_expert).Ticket, matches: false));
        plan.Sourced(s_expert, Digest, [s_a]);
        Assert.Equal([(0, 10), (10, 10)], Ranges(plan.Requests(s_a)));
    }

    [Fact]
    public void Received_AnAnswerOfAnotherLength_EndsThePeersTurn()
    {
        var plan = Fetching(25, s_a, s_b);
        plan.Requests(s_a);
        Assert.Null(plan.Received(s_a, 1, 9));
        Assert.Equal([(0, 10), (10, 10)], Ranges(plan.Requests(s_b)));
    }

    [Fact]
    public void Want_ExpertsLeftOut_AreNotFetchedOn()
    {
        var plan = Fetching(25, s_a);
        plan.Requests(s_a);
        Assert.Equal([s_expert], plan.Want([(new ExpertId(1, 3), 5)]));
        Assert.Null(plan.Received(s_a, 1, 10));
        Assert.Empty(plan.Requests(s_a));
        Assert.Equal(5, plan.WantedBytes);
    }

    [Fact]
    public void Start_Memory_IsBoundedButForOneExpert()
    {
        var plan = new FetchPlan(s_self, s_settings);
        plan.Want([(new ExpertId(0, 0), 200), (new ExpertId(0, 1), 1)]);
        var (first, ticket, _) = plan.Start()!.Value;
        Assert.Equal(new ExpertId(0, 0), first);
        Assert.Null(plan.Start());
        Assert.True(plan.Looked(first, ticket, found: true));
        Assert.Null(plan.Start());
        plan.Taken(first);
        Assert.Equal(new ExpertId(0, 1), plan.Start()!.Value.Expert);
    }

    /// <summary>Whatever happens in whatever order, bounds hold, bytes come in order, and in the end everything is there.</summary>
    [Fact]
    public void Plan_RandomFaults_EndsWithEveryExpertWholeOrGivenUp() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[0, 7].Array[0, 200], Gen.Int[1, 40]).Sample((experts, events, bytes) =>
        {
            var plan = new FetchPlan(s_self, s_settings with { MaxAttempts = 1000 });
            NodeId[] peers = [s_a, s_b, new("c")];
            var under = new List<(NodeId Peer, RangeRequestFrame Frame)>();
            var offsets = Enumerable.Range(0, experts).ToDictionary(index => new ExpertId(0, index), _ => 0L);
            plan.Want([.. offsets.Keys.Select(expert => (expert, (long)bytes))]);
            var lied = false;
            var step = 0;
            while (!plan.Idle || plan.Delivered.Any())
            {
                Assert.True(step < 10_000, "the plan does not end");
                var fault = step < events.Length ? events[step] : 7;
                step++;
                while (plan.Start() is var (started, ticket, _))
                    plan.Looked(started, ticket, found: false);
                foreach (var expert in plan.Asking(paused: true).ToList())
                    plan.Sourced(expert, Digest, peers);
                foreach (var peer in plan.Peers)
                    under.AddRange(plan.Requests(peer).Select(frame => (peer, frame)));
                Assert.All(under.GroupBy(pair => (pair.Peer, pair.Frame.Expert)), group => Assert.True(group.Count() <= s_settings.WindowChunks));
                if (fault < peers.Length)
                {
                    plan.Lost(peers[fault], "gone");
                    under.RemoveAll(pair => pair.Peer == peers[fault]);
                }
                else if (under.Count > 0)
                {
                    var (peer, frame) = under[0];
                    under.RemoveAt(0);
                    if (fault == 3)
                    {
                        plan.Refused(peer, frame.DispatchId, "not here");
                        under.RemoveAll(pair => pair.Peer == peer && pair.Frame.Expert == frame.Expert);
                    }
                    else if (plan.Received(peer, frame.DispatchId, frame.Length) is var (expert, offset, complete))
                    {
                        Assert.Equal(offsets[expert], offset);
                        offsets[expert] += frame.Length;
                        if (complete)
                        {
                            Assert.Equal(bytes, offsets[expert]);
                            var matches = fault != 4 || lied;
                            lied |= !matches;
                            plan.Checked(expert, plan.Check(expert).Ticket, matches);
                            if (!matches)
                            {
                                offsets[expert] = 0;
                                under.Clear();
                                foreach (var other in peers)
                                    plan.Lost(other, "start over");
                            }
                        }
                    }
                }

                foreach (var expert in plan.Delivered.ToList())
                    plan.Taken(expert);
            }

            Assert.All(offsets.Values, offset => Assert.Equal(bytes, offset));
        }, iter: 500);

    /// <summary>A plan that fetches one expert, asked of the first peer.</summary>
    private static FetchPlan Fetching(long bytes, params NodeId[] peers)
    {
        var plan = Asking(bytes);
        plan.Sourced(s_expert, Digest, [s_self, .. peers]);
        Assert.Equal(peers[0], Assert.Single(plan.Peers));
        return plan;
    }

    /// <summary>A plan that wants one expert, which is not in the cache.</summary>
    private static FetchPlan Asking(long bytes)
    {
        var plan = new FetchPlan(s_self, s_settings);
        plan.Want([(s_expert, bytes)]);
        var (expert, ticket, _) = plan.Start()!.Value;
        Assert.True(plan.Looked(expert, ticket, found: false));
        Assert.Equal([s_expert], plan.Asking(paused: false));
        return plan;
    }

    private static IEnumerable<(int, int)> Ranges(IEnumerable<RangeRequestFrame> frames) =>
        frames.Select(frame => ((int)frame.Offset, frame.Length));
}
