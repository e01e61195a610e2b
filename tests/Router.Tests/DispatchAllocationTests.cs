using System.Collections.Immutable;
using MoE.Gating;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>What a dispatch allocates: nothing, whatever the model and the batch.</summary>
public sealed class DispatchAllocationTests
{
    [Theory]
    [InlineData(1, 2, 4, 16)]
    [InlineData(1, 2, 4, 4096)]
    [InlineData(1, 8, 128, 16)]
    [InlineData(64, 8, 128, 256)]
    public void Dispatch_AnyShape_AllocatesNothing(int tokens, int topK, int numExperts, int hiddenSize) =>
        Assert.Equal(0, BytesOfOne(tokens, topK, numExperts, hiddenSize));

    /// <summary>The least of several rounds: the pool of arrays may give some back to the collector at any time.</summary>
    private static long BytesOfOne(int tokens, int topK, int numExperts, int hiddenSize)
    {
        const int Dispatches = 20;
        var cluster = new TwoNodes(tokens, topK, numExperts, hiddenSize);
        var least = long.MaxValue;
        for (var round = 0; round < 8; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Dispatches; i++)
                cluster.Dispatch();
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / Dispatches);
        }

        return least;
    }

    /// <summary>Even experts on one node, odd ones on another; both answer with zeros.</summary>
    private sealed class TwoNodes : IDispatchRoutes
    {
        private static readonly ComputePool s_pool = new(1, "test");
        private static readonly ImmutableArray<NodeId>[] s_nodes = [[Cases.A], [Cases.B]];
        private readonly DispatchTable _table;
        private readonly ClusterLink _cluster = new(TimeSpan.FromSeconds(1));
        private readonly List<(NodeId Node, DispatchFrame Frame)> _inFlight = [];
        private readonly ActivationRows _hidden = new();
        private readonly TokenRouting _routing;

        public TwoNodes(int tokens, int topK, int numExperts, int hiddenSize)
        {
            _table = new DispatchTable(numExperts, Cases.Settings, this, s_pool, new DispatchMetrics(), _ => { });
            _cluster.Connect(Akka.Actor.ActorRefs.Nobody, Akka.Actor.ActorRefs.Nobody);
            _hidden.Reset(tokens, hiddenSize);
            _routing = new TokenRouting(tokens, topK);
            for (var slot = 0; slot < _routing.TopkExperts.Length; slot++)
                _routing.TopkExperts[slot] = (slot / topK + slot % topK) % numExperts;
        }

        public long PlacementVersion => 1;

        public string? Impossible => null;

        public ImmutableArray<NodeId> Holders(ExpertId expert) => s_nodes[expert.Expert % 2];

        public string Placed(IEnumerable<ExpertId> experts) => "";

        public void Send(NodeId node, DispatchFrame frame) => _inFlight.Add((node, frame));

        public void ReportFault(NodeId node, string reason) => Assert.Fail(reason);

        public void Dispatch()
        {
            var handle = _cluster.Dispatch(0, _hidden);
            _table.Expect(handle, DateTimeOffset.UnixEpoch);
            _table.Start(Cases.Routed(handle, _routing), DateTimeOffset.UnixEpoch);
            Assert.True(_inFlight.Count == 2);
            foreach (var (node, frame) in _inFlight)
                Answer(node, frame);
            _inFlight.Clear();
            Assert.Same(_routing, handle.Wait(TimeSpan.Zero).Routing);
            _cluster.End(handle);
        }

        private void Answer(NodeId node, DispatchFrame frame)
        {
            var rows = new Pooled<float>(frame.Experts.Pairs * frame.HiddenSize);
            rows.Span.Clear();
            _table.Take(
                node, ContributionFrame.Rent(frame.DispatchId, frame.Layer, frame.HiddenSize, rows), DateTimeOffset.UnixEpoch);
            frame.Dispose();
        }
    }
}
