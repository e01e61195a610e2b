using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>An expert node between a coordinator and a listener that are probes.</summary>
public abstract class ExpertNodeFixture : TestKit
{
    private protected static readonly NodeId Node = new("127.0.0.1:1#a");
    private protected static readonly NodeRegistration Registration =
        new(Node, "127.0.0.1", 9, "f00d", WireVersion.Current, NumericPolicy.Current, 8 * RandomModelSource.BytesOfExpert, 2);

    /// <param name="threads">The node's compute threads.</param>
    private protected ExpertNodeFixture(int threads = 1)
        : base(SpecConfig.Load())
    {
        AbandonedMessages.DisposeIn(Sys);
        Pool = new ComputePool(threads, "spec");
        Coordinator = CreateTestProbe("coordinator");
        Listener = CreateTestProbe("listener");
        Settings = ExpertNodeSettings.Read(Sys.Settings.Config);
    }

    private protected RandomModelSource Source { get; } = new();

    private protected ComputePool Pool { get; }

    private protected TestProbe Coordinator { get; }

    private protected TestProbe Listener { get; }

    private protected ExpertNodeSettings Settings { get; set; }

    private protected TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    private protected IActorRef StartNode()
    {
        var node = Sys.ActorOf(ExpertNodeActor.Props(Registration, Source, Pool, Coordinator, Listener, Settings));
        Advance(node, TimeSpan.FromMilliseconds(1));
        return node;
    }

    /// <summary>A node that joined and holds nothing yet.</summary>
    private protected IActorRef StartAcceptedNode()
    {
        var node = StartNode();
        node.Tell(new NodeAccepted(Node), Coordinator);
        return node;
    }

    /// <summary>A node that joined and holds experts of layer 1.</summary>
    private protected IActorRef StartNodeWith(params int[] experts)
    {
        var node = StartNode();
        Coordinator.ExpectMsg<RegisterNode>();
        node.Tell(new NodeAccepted(Node), Coordinator);
        Load(node, 1, experts);
        Coordinator.FishForMessage<ExpertsReady>(ready => ready.Version == 1);
        return node;
    }

    private protected void Load(IActorRef node, long version, params int[] experts) =>
        node.Tell(new LoadExperts(version, Node, [.. experts.Select(expert => new ExpertId(1, expert))]), Coordinator);

    /// <summary>Lets time pass and the node do what it then does.</summary>
    private protected void Advance(IActorRef node, TimeSpan time)
    {
        Settle(node);
        Scheduler.Advance(time);
        Settle(node);
    }

    /// <summary>Waits until the node has done what it was told so far.</summary>
    private protected static void Settle(IActorRef node) =>
        node.Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();

    /// <summary>Keeps the pool's one thread busy until the event is set; returns once the thread is.</summary>
    private protected void Occupy(ManualResetEventSlim open)
    {
        var started = new ManualResetEventSlim(false);
        Assert.True(Pool.TrySubmit(() =>
        {
            started.Set();
            open.Wait(TimeSpan.FromSeconds(60));
        }));
        Assert.True(started.Wait(TimeSpan.FromSeconds(60)));
    }

    /// <summary>What a node's ExpertFfn gives for a dispatch, computed here.</summary>
    private protected float[] Expected(DispatchFrame frame)
    {
        var expected = new List<float>();
        for (var e = 0; e < frame.Experts.Count; e++)
        {
            using var weights = Source.Expert(frame.Layer, frame.Experts.Expert(e));
            var rows = new ActivationRows();
            var indices = frame.Experts.Rows(e);
            rows.Reset(indices.Length, RandomModelSource.HiddenSize);
            for (var i = 0; i < indices.Length; i++)
                frame.Rows.Span.Slice(indices[i] * rows.Columns, rows.Columns).CopyTo(rows.Row(i));
            var output = new float[rows.Data.Length];
            ExpertFfn.Forward(weights.Gate, weights.Up, weights.Down, rows, new ExpertScratch(), output);
            expected.AddRange(output);
        }

        return [.. expected];
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Pool.Dispose();
    }
}
