using Akka.Actor;
using MoE.Lane;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>What a lane's connection actor is to its owner, over a <see cref="LaneLink"/> instead of a socket: the same messages in the same order.</summary>
internal sealed class LaneEnd(World world, LaneLink link, LaneSide side, NodeId peer, IActorRef owner) : UntypedActor
{
    private bool _open = side == LaneSide.Node;
    private Ended _end = new(LaneCloseReason.Stopped, "stopped");

    protected override void PreStart()
    {
        if (side == LaneSide.Front)
            link.Dial(Self);
    }

    protected override void PostStop()
    {
        // An expert node's owner of lanes has no use for these.
        if (side == LaneSide.Front)
            owner.Tell(new LaneClosed(peer, _end.Reason, _end.Message), Self);
        link.Closed(side);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Agreed:
                _open = true;
                owner.Tell(new LaneOpened(peer), Self);
                break;
            case LaneFrame frame:
                Send(frame);
                break;
            case Arrived arrived:
                Take(arrived.Bytes);
                break;
            case Ended ended:
                _end = ended;
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Send(LaneFrame frame)
    {
        if (_open)
            link.Send(side, side == LaneSide.Node ? FalseAnswers.Apply(link.Node, frame, world.Loop.Random) : frame);
        frame.Dispose();
    }

    private void Take(byte[] bytes)
    {
        try
        {
            owner.Tell(LaneBytes.Read(bytes), Self);
        }
        catch (LaneProtocolException exception)
        {
            _end = new Ended(LaneCloseReason.ProtocolError, exception.Message);
            Context.Stop(Self);
        }
    }

    internal sealed record Agreed : INoSerializationVerificationNeeded
    {
        public static readonly Agreed Instance = new();
    }

    internal sealed record Arrived(byte[] Bytes) : INoSerializationVerificationNeeded;

    internal sealed record Ended(LaneCloseReason Reason, string Message) : INoSerializationVerificationNeeded;
}
