using Akka.Actor;
using Akka.TestKit;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>What the catalog says of a model that lies in a file.</summary>
public sealed class WeightsCatalogSpecs : RouterSpec
{
    private static readonly ExpertId s_expert = new(1, 3);
    private static readonly ExpertId s_other = new(1, 4);
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".gguf");
    private readonly ModelSource _source;
    private readonly IActorRef _catalog;

    public WeightsCatalogSpecs()
    {
        new SyntheticModel(ModelShape.Known.Single(shape => shape.Name == "tiny"), WeightType.Q8_0).Write(_path);
        _source = ModelSource.Open(_path);
        _catalog = Sys.ActorOf(WeightsCatalog.Props(_source));
        _catalog.Tell(new OfferWeights(new LaneEndpoint(new NodeId("peer"), "127.0.0.1", 1), _source.Hash, Whole: true, []));
    }

    [Fact]
    public void Should_name_the_digest_of_the_files_bytes_and_who_offers_them()
    {
        var sources = Ask(s_expert);
        Assert.Equal(new ExpertDigest(s_expert, _source.Stored(1, 3)!.Digest()), Assert.Single(sources.Digests));
        Assert.Equal("peer", Assert.Single(sources.Peers).Endpoint.Node.Value);
    }

    /// <summary>A digest of bytes that are of another model would let peers load them.</summary>
    [Fact]
    public void Should_give_no_digest_and_keep_the_offers_when_the_file_is_written_to()
    {
        var written = File.GetLastWriteTimeUtc(_path);
        File.SetLastWriteTimeUtc(_path, written.AddSeconds(1));
        EventFilter.Error(contains: $"{_path}: the file was written to after it was opened").ExpectOne(() => Tell(s_other));
        ExpectNoMsg(TimeSpan.Zero);
        File.SetLastWriteTimeUtc(_path, written);
        Assert.Equal("peer", Assert.Single(Ask(s_other).Peers).Endpoint.Node.Value);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _source.Dispose();
        File.Delete(_path);
    }

    private WeightSources Ask(ExpertId expert)
    {
        Tell(expert);
        return ExpectMsg<WeightSources>();
    }

    private void Tell(ExpertId expert) => _catalog.Tell(new GetWeightSources(new NodeId("asks"), [expert]), TestActor);
}
