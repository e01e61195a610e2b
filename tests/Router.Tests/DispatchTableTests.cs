using System.Collections.Immutable;
using CsCheck;
using MoE.Gating;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>Random faults in random order: every dispatch ends, and what it sums is right to the last row.</summary>
public sealed class DispatchTableTests
{
    private const int NumExperts = 6;

    [Fact]
    public void Dispatches_UnderRandomFaults_EndWithEveryRowOnceOrWithAnError() =>
        Gen.Int[0, 1_000_000].Sample(seed => new World(seed).Run(), iter: 2_000);

    [Fact]
    public void HedgeBudget_ManySlowFrames_IsSpentAndEarnedBack()
    {
        var budget = new HedgeBudget(Cases.Settings.Hedge);
        Assert.Equal(4, Enumerable.Range(0, 10).Count(_ => budget.TrySpend()));
        for (var i = 0; i < 11; i++)
            budget.Earn();
        Assert.True(budget.TrySpend());
        Assert.False(budget.TrySpend());
    }

    /// <summary>Nodes that answer, refuse, lie, hang and die by a seed, under virtual time.</summary>
    private sealed class World : IDispatchRoutes
    {
        private static readonly ComputePool s_pool = new(1, "test");
        private static readonly NodeId[] s_nodes = [.. Enumerable.Range(0, 4).Select(i => new NodeId($"n{i}"))];
        private readonly Random _random;
        private readonly DispatchTable _table;
        private readonly List<(NodeId Node, DispatchFrame Frame)> _inFlight = [];
        private readonly HashSet<NodeId> _open = [.. s_nodes];
        private readonly HashSet<NodeId> _faulty = [];
        private ImmutableArray<NodeId>[] _placement;
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
        private ulong _lastId;

        public World(int seed)
        {
            _random = new Random(seed);
            _table = new DispatchTable(
                NumExperts, Cases.Settings with { MaxPending = 8, ReplicaSelection = seed % 2 == 0 ? "primary" : "least-time" }, this, s_pool, new DispatchMetrics(), _ => { });
            _placement = Placement();
        }

        public long PlacementVersion { get; private set; } = 1;

        public string? Impossible { get; private set; }

        public ImmutableArray<NodeId> Holders(ExpertId expert) => _placement[expert.Expert].RemoveAll(node => !_open.Contains(node));

        public string Placed(IEnumerable<ExpertId> experts) => "";

        public void Send(NodeId node, DispatchFrame frame) => _inFlight.Add((node, frame));

        public void ReportFault(NodeId node, string reason) => Assert.Contains(node, _faulty);

        public void Run()
        {
            var handles = new List<(DispatchHandle Handle, TokenRouting Routing)>();
            for (var step = 0; step < 60; step++)
            {
                if (step < 40 && _random.Next(4) == 0)
                    handles.Add(Start());
                Step(faults: step < 50);
            }

            // Without more faults everything ends: answered, or overdue.
            _open.UnionWith(s_nodes);
            _table.RoutesChanged(placement: true, _now);
            for (var step = 0; step < 200 && _inFlight.Count > 0; step++)
                Step(faults: false);
            for (var second = 0; second < 120; second++)
            {
                _now += TimeSpan.FromSeconds(1);
                _table.Tick(_now);
            }

            foreach (var (handle, routing) in handles)
                Check(handle, routing);
        }

        private (DispatchHandle, TokenRouting) Start()
        {
            var tokens = _random.Next(1, 6);
            var handle = Cases.Handle(++_lastId, tokens);
            var routing = Cases.RandomRouting(_random, tokens, NumExperts);
            _table.Expect(handle, _now);
            _table.Start(Cases.Routed(handle, routing), _now);
            return (handle, routing);
        }

        private void Step(bool faults)
        {
            _now += TimeSpan.FromMilliseconds(_random.Next(1, 200));
            switch (faults ? _random.Next(8) : 7)
            {
                case 0:
                    var lost = s_nodes[_random.Next(s_nodes.Length)];
                    if (_open.Remove(lost))
                    {
                        _inFlight.RemoveAll(sent => sent.Node == lost && _random.Next(2) == 0);
                        _table.NodeLost(lost, "gone", _now);
                    }

                    break;
                case 1:
                    _open.Add(s_nodes[_random.Next(s_nodes.Length)]);
                    Impossible = null;
                    _table.RoutesChanged(placement: false, _now);
                    break;
                case 2:
                    _placement = Placement();
                    PlacementVersion++;
                    _table.RoutesChanged(placement: true, _now);
                    break;
                case 3 when _random.Next(10) == 0:
                    Impossible = "no room";
                    _table.GiveUpWaiting(Impossible, _now);
                    break;
                case 4:
                    _table.Tick(_now);
                    break;
                default:
                    Answer(faults);
                    break;
            }
        }

        private void Answer(bool faults)
        {
            if (_inFlight.Count == 0)
                return;
            var index = _random.Next(_inFlight.Count);
            var (node, frame) = _inFlight[index];
            if (!faults || _random.Next(3) > 0)
                _inFlight.RemoveAt(index);
            switch (faults ? _random.Next(12) : 11)
            {
                case 0:
                    _table.Refused(node, Cases.Refusal(frame, DispatchFailure.Overloaded), _now);
                    break;
                case 1:
                    _table.Refused(node, Cases.Refusal(frame, DispatchFailure.ExpertNotHeld, frame.Experts.Expert(_random.Next(frame.Experts.Count))), _now);
                    break;
                case 2:
                    _faulty.Add(node);
                    var wrong = Cases.Answer(frame);
                    wrong.Rows.Span[_random.Next(wrong.Rows.Length)] = BitConverter.Int32BitsToSingle(0x7fc00001 + Array.IndexOf(s_nodes, node));
                    _table.Take(node, wrong, _now);
                    break;
                case 3:
                    _table.Take(s_nodes[_random.Next(s_nodes.Length)], Cases.Answer(frame), _now);
                    break;
                default:
                    _table.Take(node, Cases.Answer(frame), _now);
                    break;
            }
        }

        private ImmutableArray<NodeId>[] Placement() =>
            [.. Enumerable.Range(0, NumExperts).Select(_ => s_nodes.OrderBy(_ => _random.Next()).Take(_random.Next(1, 4)).ToImmutableArray())];

        private static void Check(DispatchHandle handle, TokenRouting routing)
        {
            Contributions contributions;
            try
            {
                contributions = handle.Wait(TimeSpan.Zero);
            }
            catch (ExpertsUnavailableException e)
            {
                Assert.DoesNotContain("did not answer within", e.Message, StringComparison.Ordinal);
                return;
            }

            var pairs = Cases.Pairs(contributions);
            Assert.Equal(routing.TopkExperts.Length, pairs.Count);
            foreach (var ((token, expert), row) in pairs)
                Assert.Equal(Enumerable.Range(0, Cases.HiddenSize).Select(column => 10f * token + column + 100 * expert), row);
            handle.Dispose();
        }
    }
}
