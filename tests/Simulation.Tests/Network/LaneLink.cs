using Akka.Actor;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>One connection from a front to a node: bytes in order either way, until one side closes or dies.</summary>
internal sealed class LaneLink(World world, SimulatedProcess front, SimulatedProcess? node)
{
    private readonly IActorRef?[] _ends = new IActorRef?[2];
    private readonly TimeSpan[] _lastDelivery = new TimeSpan[2];
    private readonly bool[] _closed = new bool[2];

    public SimulatedProcess Front => front;

    public SimulatedProcess? Node => node;

    public bool Opened { get; private set; }

    public bool Joins(SimulatedProcess process) => process == front || process == node;

    /// <summary>The front's end exists: it dials.</summary>
    public void Dial(IActorRef end)
    {
        _ends[(int)LaneSide.Front] = end;
        world.Loop.After(world.Loop.Between(0.2, 20), () =>
        {
            if (node is not { Alive: true } || node.Main.IsNobody())
            {
                Tell(LaneSide.Front, new LaneEnd.Ended(LaneCloseReason.ConnectFailed, "nobody listens"));
                return;
            }

            world.Loop.After(TimeSpan.FromSeconds(5), () =>
            {
                if (!Opened)
                    Tell(LaneSide.Front, new LaneEnd.Ended(LaneCloseReason.HelloFailed, "no hello in time"));
            });
            node.Run(Accept);
        });
    }

    /// <summary>A frame leaves one side.</summary>
    public void Send(LaneSide from, LaneFrame frame)
    {
        var bytes = LaneBytes.Of(frame);
        var fate = world.Lanes.Fate(this);
        world.Trace.Add(fate == FrameFate.Arrives ? "frame" : $"frame {fate}", Process(from).Name, Process(Other(from)).Name, frame.GetType().Name);
        world.Trace.Note($"{frame.GetType().Name} {frame.DispatchId} of layer {frame.Layer}{(frame is DispatchFailedFrame failed ? $": {failed.Failure} {failed.Message}" : "")}");
        switch (fate)
        {
            case FrameFate.Damaged:
                bytes[world.Loop.Random.Next(bytes.Length)] ^= (byte)(1 << world.Loop.Random.Next(8));
                break;
            case FrameFate.Cut:
                Cut();
                return;
            case FrameFate.Doubled:
                Deliver(Other(from), new LaneEnd.Arrived([.. bytes]), 0);
                break;
        }

        Deliver(Other(from), new LaneEnd.Arrived(bytes), fate == FrameFate.Delayed ? 5_000 : 0);
    }

    /// <summary>The network resets the connection.</summary>
    public void Cut()
    {
        foreach (var side in new[] { LaneSide.Front, LaneSide.Node })
            Deliver(side, new LaneEnd.Ended(LaneCloseReason.ConnectionLost, "cut"), 50);
    }

    /// <summary>One side's end stopped.</summary>
    public void Closed(LaneSide side)
    {
        _closed[(int)side] = true;
        if (_closed[(int)Other(side)] || _ends[(int)Other(side)] is null)
            world.Lanes.Forget(this);
        else
            Deliver(Other(side), new LaneEnd.Ended(LaneCloseReason.ClosedByPeer, "the peer closed the connection"), 0);
    }

    public void ProcessDied(SimulatedProcess process)
    {
        var side = process == front ? LaneSide.Front : LaneSide.Node;
        _closed[(int)side] = true;
        Deliver(Other(side), new LaneEnd.Ended(LaneCloseReason.ClosedByPeer, "the peer's process ended"), 80);
    }

    public void ProcessFroze(SimulatedProcess process)
    {
        var hang = process.Hangs;
        var side = process == front ? LaneSide.Front : LaneSide.Node;
        world.Loop.After(world.Loop.Between(15_000, 20_000), () =>
        {
            if (process.Frozen && process.Hangs == hang)
                Tell(Other(side), new LaneEnd.Ended(LaneCloseReason.PingTimeout, "nothing came"));
        });
    }

    private static LaneSide Other(LaneSide side) => side == LaneSide.Front ? LaneSide.Node : LaneSide.Front;

    private SimulatedProcess Process(LaneSide side) => side == LaneSide.Front ? front : node!;

    private void Accept()
    {
        if (_closed[(int)LaneSide.Front] || node!.Main.IsNobody())
            return;
        Opened = true;
        var link = this;
        _ends[(int)LaneSide.Node] = world.Start(
            node, world.Lanes.NameFor(node), Props.Create(() => new LaneEnd(world, link, LaneSide.Node, front.Id, node.Main)));
        Deliver(LaneSide.Front, LaneEnd.Agreed.Instance, 0);
    }

    private void Deliver(LaneSide to, object message, double slackMilliseconds)
    {
        var due = world.Loop.Now + world.Loop.Between(0.05, 2 + slackMilliseconds);
        if (due < _lastDelivery[(int)to])
            due = _lastDelivery[(int)to];
        _lastDelivery[(int)to] = due;
        world.Loop.At(due, () => Tell(to, message));
    }

    private void Tell(LaneSide side, object message)
    {
        if (_ends[(int)side] is { } end)
            Process(side).Run(() => end.Tell(message, ActorRefs.NoSender));
    }
}

/// <summary>The sides of a lane.</summary>
internal enum LaneSide
{
    Front,
    Node,
}
