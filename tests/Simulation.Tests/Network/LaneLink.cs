using Akka.Actor;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>One connection from a front to a node: bytes in order either way, until one side closes, dies or is not heard any more.</summary>
internal sealed class LaneLink
{
    private static readonly TimeSpan s_helloTimeout = TimeSpan.FromSeconds(5), s_pingTimeout = TimeSpan.FromSeconds(15);
    private readonly World _world;
    private readonly ModelledMembership[] _sides;
    private readonly IActorRef?[] _ends = new IActorRef?[2];
    private readonly LaneWay[] _ways;
    private readonly TimeSpan[] _heard = new TimeSpan[2];
    private readonly bool[] _closed = new bool[2];
    private bool _agreed;

    public LaneLink(World world, ModelledMembership front, ModelledMembership node)
    {
        _world = world;
        _sides = [front, node];
        _ways =
        [
            new LaneWay(world, node.Process.Machine, front.Process.Machine, message => Arrive(LaneSide.Front, message)),
            new LaneWay(world, front.Process.Machine, node.Process.Machine, message => Arrive(LaneSide.Node, message)),
        ];
    }

    public ModelledMembership Node => _sides[(int)LaneSide.Node];

    /// <summary>The front's end exists: it dials.</summary>
    public void Dial(IActorRef end)
    {
        _ends[(int)LaneSide.Front] = end;
        _world.Loop.After(_world.Loop.Between(0.2, 20), () =>
        {
            var reached = _world.Cables.Connects(Side(LaneSide.Front).Process.Machine, Node.Process.Machine);
            if (reached && Node is not { Listens: true, Experts: not null })
            {
                Tell(LaneSide.Front, new LaneEnd.Ended(LaneCloseReason.ConnectFailed, "nobody listens"));
                return;
            }

            _world.Loop.After(s_helloTimeout, () => Side(LaneSide.Front).Process.Run(() =>
            {
                if (!_agreed)
                    end.Tell(new LaneEnd.Ended(reached ? LaneCloseReason.HelloFailed : LaneCloseReason.ConnectFailed, "no hello in time"), ActorRefs.NoSender);
            }));
            if (reached)
                Node.Process.Run(Accept);
        });
    }

    /// <summary>A frame leaves one side.</summary>
    public void Send(LaneSide from, LaneFrame frame)
    {
        if (!Side(from).Listens)
            return;
        var bytes = LaneBytes.Of(frame);
        var fate = _world.Lanes.Fate(this);
        _world.Trace.Add(fate == FrameFate.Arrives ? "frame" : $"frame {fate}", $"{Side(from)}", $"{Side(Other(from))}", frame.GetType().Name);
        if (_world.Trace.Verbose)
            _world.Trace.Note($"{frame.GetType().Name} {frame.DispatchId} of layer {frame.Layer}{(frame is DispatchFailedFrame failed ? $": {failed.Failure} {failed.Message}" : "")}");
        switch (fate)
        {
            case FrameFate.Damaged:
                bytes[_world.Loop.Random.Next(bytes.Length)] ^= (byte)(1 << _world.Loop.Random.Next(8));
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

    /// <summary>One side's end stopped: of itself, or with its process, whose machine closes the connection.</summary>
    public void Closed(LaneSide side)
    {
        _closed[(int)side] = true;
        if (_closed[(int)Other(side)] || _ends[(int)Other(side)] is null)
            _world.Lanes.Forget(this);
        else
            Deliver(Other(side), new LaneEnd.Ended(LaneCloseReason.ClosedByPeer, "the peer closed the connection"), Side(side).Listens ? 0 : 80);
    }

    private static LaneSide Other(LaneSide side) => side == LaneSide.Front ? LaneSide.Node : LaneSide.Front;

    private ModelledMembership Side(LaneSide side) => _sides[(int)side];

    private void Accept()
    {
        if (_closed[(int)LaneSide.Front] || Node is not { Listens: true, Experts: { } experts })
            return;
        var link = this;
        _ends[(int)LaneSide.Node] = _world.Start(
            Node, _world.Lanes.NextName(), Props.Create(() => new LaneEnd(_world, link, LaneSide.Node, Side(LaneSide.Front).Id, experts)));
        Deliver(LaneSide.Front, LaneEnd.Agreed.Instance, 0);
        foreach (var side in new[] { LaneSide.Front, LaneSide.Node })
        {
            _heard[(int)side] = _world.Loop.Now;
            Ping(side);
        }
    }

    /// <summary>A side that has heard nothing for long, not even an answer to its pings, closes.</summary>
    private void Ping(LaneSide side) => _world.Loop.After(_world.Loop.Between(4_000, 5_000), () =>
    {
        if (_closed[(int)side])
            return;
        var peer = Side(Other(side));
        if (!_closed[(int)Other(side)] && peer is { Listens: true, Process.Running: true } && _world.Cables.Passes(peer.Process.Machine, Side(side).Process.Machine))
            _heard[(int)side] = _world.Loop.Now;
        else if (_world.Loop.Now - _heard[(int)side] >= s_pingTimeout)
            Tell(side, new LaneEnd.Ended(LaneCloseReason.PingTimeout, "nothing came"));
        Ping(side);
    });

    private void Deliver(LaneSide to, object message, double slackMilliseconds) => _ways[(int)to].Put(message, slackMilliseconds);

    private void Arrive(LaneSide side, object message)
    {
        if (!_closed[(int)side])
            Tell(side, message);
        else if (message is LaneEnd.Arrived && !_closed[(int)Other(side)])
            Deliver(Other(side), new LaneEnd.Ended(LaneCloseReason.ConnectionLost, "reset"), 0);
    }

    private void Tell(LaneSide side, object message) => Side(side).Process.Run(() =>
    {
        _agreed |= message is LaneEnd.Agreed;
        _ends[(int)side]?.Tell(message, ActorRefs.NoSender);
    });
}

/// <summary>The sides of a lane.</summary>
internal enum LaneSide
{
    Front,
    Node,
}
