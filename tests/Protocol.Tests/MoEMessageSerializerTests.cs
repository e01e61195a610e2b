using System.Collections.Immutable;
using System.Runtime.Serialization;

namespace MoE.Protocol.Tests;

public sealed class MoEMessageSerializerTests(WireFixture wire) : IClassFixture<WireFixture>
{
    [Fact]
    public void FindSerializerFor_EveryMessage_IsConfigured()
    {
        foreach (var sample in Samples.All)
        {
            var serializer = wire.System.Serialization.FindSerializerFor(sample);
            Assert.IsType<MoEMessageSerializer>(serializer);
            Assert.Equal(1701, serializer.Identifier);
        }
    }

    [Fact]
    public void Roundtrip_FlatMessages_AreEqual()
    {
        Type[] nested =
        [
            typeof(LoadExperts), typeof(PublishPlacement), typeof(ReportExpertLoad), typeof(ClusterStatus), typeof(RegisterNode), typeof(RegisterFront),
            typeof(ReportNodeLoad), typeof(ModelOutline), typeof(OfferWeights), typeof(GetWeightSources), typeof(WeightSources),
        ];
        foreach (var sample in Samples.All.Where(sample => !nested.Contains(sample.GetType())))
            Assert.Equal(sample, Roundtrip(sample));
    }

    [Fact]
    public void Roundtrip_Registrations_KeepWhatIsHeldAndRoutedBy()
    {
        var node = Samples.All.OfType<RegisterNode>().Single();
        Assert.Equal(node.Registration, Roundtrip(node).Registration);
        Assert.Equal(node.Held.ToArray(), Roundtrip(node).Held.ToArray());
        var front = Samples.All.OfType<RegisterFront>().Single();
        var read = Roundtrip(front);
        Assert.Equal(front with { Placement = read.Placement }, read);
        Assert.Equal(front.Placement.Version, read.Placement.Version);
        Assert.True(front.Placement.SameAs(read.Placement));
    }

    [Fact]
    public void Roundtrip_Weights_KeepOutlineOfferAndSources()
    {
        var outline = Samples.All.OfType<ModelOutline>().Single();
        Assert.Equal(outline.Runs.ToArray(), Roundtrip(outline).Runs.ToArray());
        Assert.Equal(outline with { Runs = [] }, Roundtrip(outline) with { Runs = [] });
        Assert.Null(Roundtrip(outline with { ComputeType = null }).ComputeType);
        var offer = Samples.All.OfType<OfferWeights>().Single();
        Assert.Equal(offer.Experts.ToArray(), Roundtrip(offer).Experts.ToArray());
        Assert.Equal(offer with { Experts = [] }, Roundtrip(offer) with { Experts = [] });
        var get = Samples.All.OfType<GetWeightSources>().Single();
        Assert.Equal((get.Node, get.Experts.Length), (Roundtrip(get).Node, Roundtrip(get).Experts.Length));
        var sources = Samples.All.OfType<WeightSources>().Single();
        var read = Roundtrip(sources);
        Assert.Equal(sources.Digests.ToArray(), read.Digests.ToArray());
        Assert.Equal(sources.Peers.Select(peer => peer.Endpoint), read.Peers.Select(peer => peer.Endpoint));
        Assert.Equal(sources.Peers[0].Experts.ToArray(), read.Peers[0].Experts.ToArray());
    }

    [Fact]
    public void Roundtrip_LoadExperts_KeepsTheSet()
    {
        var sample = Samples.All.OfType<LoadExperts>().Single();
        var read = Roundtrip(sample with { Experts = [.. sample.Experts.Reverse(), sample.Experts[0]] });
        Assert.Equal((sample.Version, sample.Node), (read.Version, read.Node));
        Assert.Equal(sample.Experts.ToArray(), read.Experts.ToArray());
    }

    [Fact]
    public void Roundtrip_PublishPlacement_KeepsReplicasInOrder()
    {
        var sample = Samples.All.OfType<PublishPlacement>().Single();
        var read = Roundtrip(sample);
        Assert.Equal(sample.Placement.Version, read.Placement.Version);
        Assert.True(sample.Placement.SameAs(read.Placement));
        Assert.Equal([Samples.NodeB, Samples.NodeA], read.Placement.ReplicasOf(new ExpertId(1, 2)).ToArray());
        Assert.Equal(sample.Endpoints.ToArray(), read.Endpoints.ToArray());
    }

    [Fact]
    public void Roundtrip_ReportExpertLoad_KeepsLoads()
    {
        var sample = Samples.All.OfType<ReportExpertLoad>().Single();
        Assert.Equal(sample.Loads.ToArray(), Roundtrip(sample).Loads.ToArray());
    }

    [Fact]
    public void Roundtrip_ReportNodeLoad_KeepsWhatWasFetched()
    {
        var sample = Samples.All.OfType<ReportNodeLoad>().Single();
        var read = Roundtrip(sample);
        Assert.Equal(sample with { Fetched = read.Fetched }, read);
        Assert.Equal(sample.Fetched with { Sources = read.Fetched.Sources }, read.Fetched);
        Assert.Equal(sample.Fetched.Sources.ToArray(), read.Fetched.Sources.ToArray());
    }

    [Fact]
    public void Roundtrip_ClusterStatus_KeepsNodes()
    {
        var sample = Samples.All.OfType<ClusterStatus>().Single();
        var read = Roundtrip(sample);
        Assert.Equal(sample.Nodes[0] with { Experts = [], Fetched = FetchCounts.None }, read.Nodes[0] with { Experts = [], Fetched = FetchCounts.None });
        Assert.Equal(sample.Nodes[0].Experts.ToArray(), read.Nodes[0].Experts.ToArray());
        Assert.Equal(sample.Fronts.ToArray(), read.Fronts.ToArray());
        Assert.Equal(sample.Missing.ToArray(), read.Missing.ToArray());
        Assert.Equal(sample.Loads.ToArray(), read.Loads.ToArray());
    }

    [Fact]
    public void ToBinary_LargePlacement_StaysSmall()
    {
        // 61 layers of 384 experts on 64 nodes, every sixth expert on a node: Kimi K2 on a rack.
        var nodes = Enumerable.Range(0, 64).Select(node => new NodeId($"10.0.0.{node}:4053#0123456789abcdef")).ToArray();
        var replicas = new Dictionary<ExpertId, ImmutableArray<NodeId>>();
        for (var layer = 1; layer < 61; layer++)
        {
            for (var expert = 0; expert < 384; expert++)
                replicas.Add(new ExpertId(layer, expert), [nodes[expert * 64 / 384]]);
        }

        var bytes = wire.Serializer.ToBinary(new PublishPlacement(ExpertPlacement.Create(1, replicas), []));
        Assert.InRange(bytes.Length, 1, 32_768);
    }

    [Fact]
    public void ToBinary_LongMessage_IsCutBetweenCharacters()
    {
        var read = Roundtrip(new LoadFailed(1, Samples.NodeA, new string('a', WireLimits.MaxMessageBytes - 1) + "éé"));
        Assert.Equal(new string('a', WireLimits.MaxMessageBytes - 1), read.Message);
    }

    [Fact]
    public void ToBinary_OutOfBounds_ThrowsSerializationException()
    {
        IWireMessage[] bad =
        [
            new NodeAccepted(new NodeId(new string('n', NodeId.MaxBytes + 1))),
            new NodeAccepted(default),
            new NodeAccepted(new NodeId("\ud800")),
            new ReleaseExperts(-1, Samples.NodeA),
            new RegisterNode(Samples.Registration with { LanePort = 65_536 }, [], 0),
            new LoadExperts(1, Samples.NodeA, [new ExpertId(0, 65_536)]),
            new LoadExperts(1, Samples.NodeA, [new ExpertId(-1, 0)]),
            new LoadExperts(1, Samples.NodeA, [new ExpertId(65_536, 0)]),
            new LoadExperts(1, Samples.NodeA, [.. Enumerable.Range(0, WireLimits.MaxExperts + 1).Select(i => new ExpertId(i >> 16, i & 0xFFFF))]),
            new Unknown(),
        ];
        foreach (var message in bad)
            Assert.Throws<SerializationException>(() => wire.Serializer.ToBinary(message));
    }

    [Fact]
    public void ToBinary_OutOfBounds_NamesFieldAndBound() =>
        Assert.Equal(
            "RegisterNode.lane-port = 65536: must be 0..65535",
            Assert.Throws<SerializationException>(
                () => wire.Serializer.ToBinary(new RegisterNode(Samples.Registration with { LanePort = 65_536 }, [], 0))).Message);

    private T Roundtrip<T>(T message)
        where T : IWireMessage =>
        (T)wire.Serializer.FromBinary(wire.Serializer.ToBinary(message), wire.Serializer.Manifest(message));

    private sealed record Unknown : IWireMessage;
}
