using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>Weights whose message comes too late: their memory is free at once, not when the collector looks.</summary>
public sealed class AbandonedWeightsSpecs : ExpertNodeFixture
{
    private static readonly ExpertId s_expert = new(1, 3);
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-abandoned-").FullName;

    [Fact]
    public void Should_free_an_expert_when_the_node_stops_while_it_is_read()
    {
        using var reading = new ManualResetEventSlim(false);
        using var go = new ManualResetEventSlim(false);
        Source.BeforeRead = _ =>
        {
            reading.Set();
            go.Wait(TimeSpan.FromSeconds(60));
        };
        var node = Watch(StartAcceptedNode());
        Load(node, 1, 3);
        Assert.True(reading.Wait(TimeSpan.FromSeconds(60)));
        Sys.Stop(node);
        ExpectTerminated(node);
        go.Set();
        AwaitAssert(() => Assert.Equal(1, Assert.Single(Source.Given).Disposals));
    }

    [Fact]
    public void Should_free_an_expert_once_when_the_node_stops_with_it()
    {
        var node = Watch(StartNodeWith(3));
        Assert.Equal(0, Assert.Single(Source.Given).Disposals);
        Sys.Stop(node);
        ExpectTerminated(node);
        Assert.Equal(1, Assert.Single(Source.Given).Disposals);
    }

    [Fact]
    public void Should_free_what_was_fetched_when_the_caches_actor_has_stopped()
    {
        var memory = new NativeWeightMemory(64);
        Stopped().Tell(new CheckFetched(s_expert, 1, memory, ""));
        AssertFree(memory);
    }

    [Fact]
    public void Should_free_what_the_cache_read_when_the_fetcher_has_stopped()
    {
        var memory = new NativeWeightMemory(64);
        Stopped().Tell(new CacheRead(s_expert, 1, memory));
        Stopped().Tell(new CacheRead(s_expert, 1, null));
        AssertFree(memory);
    }

    [Fact]
    public void Should_free_what_was_checked_when_the_fetcher_has_stopped()
    {
        var (cache, memory) = (Cache(), new NativeWeightMemory(64));
        cache.Tell(new CheckFetched(s_expert, 1, memory, ""), Stopped());
        Settle(cache);
        AssertFree(memory);
    }

    [Fact]
    public void Should_keep_what_was_checked_when_the_fetcher_gets_it()
    {
        var memory = new NativeWeightMemory(64);
        Cache().Tell(new CheckFetched(s_expert, 1, memory, ""), TestActor);
        using var got = ExpectMsg<CacheChecked>();
        Assert.Same(memory, got.Memory);
        Assert.Equal(64, memory.Slice(0, 64).Length);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_folder, recursive: true);
    }

    private IActorRef Cache() => Sys.ActorOf(ExpertCacheActor.Props(new ExpertCache(_folder, "f00d", 1 << 20, TimeProvider.System)));

    private IActorRef Stopped()
    {
        var actor = Watch(Cache());
        Sys.Stop(actor);
        ExpectTerminated(actor);
        return actor;
    }

    private static void AssertFree(NativeWeightMemory memory) => Assert.Throws<ObjectDisposedException>(() => { memory.Slice(0, 1); });
}
