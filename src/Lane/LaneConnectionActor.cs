using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// One end of a lane. It owns the socket, says hello, then moves frames: a <see cref="LaneFrame"/> told to it is sent and
/// disposed; one that comes is told to the owner with this actor as the sender. States: greeting → open → stopped.
/// <para>Any failure stops it, after which the owner has heard <see cref="LaneClosed"/>; it is never restarted, the owner
/// dials anew.</para>
/// </summary>
public sealed class LaneConnectionActor : UntypedActor, IWithTimers
{
    private readonly LaneSettings _settings;
    private readonly LaneIdentity _self;
    private readonly IActorRef _owner;
    private readonly LaneEndpoint? _endpoint;
    private readonly Socket? _accepted;
    private readonly ComputePool? _pool;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _ending = new();
    private readonly string _remote;
    private NodeId? _peer;
    private LaneStream? _stream;
    private LaneWriter? _writer;
    private LaneReader? _reader;
    private ISharedRows? _shared;
    private long _seenProgress;
    private DateTimeOffset _lastProgress;
    private LaneCloseReason _reason = LaneCloseReason.Stopped;
    private string _message = "stopped";

    /// <summary>Use <see cref="ConnectProps"/>; the listener makes those that it accepted.</summary>
    public LaneConnectionActor(LaneSettings settings, LaneIdentity self, IActorRef owner, LaneEndpoint? endpoint, Socket? accepted, ComputePool? pool)
    {
        _settings = settings;
        _self = self;
        _owner = owner;
        _endpoint = endpoint;
        _accepted = accepted;
        _pool = pool;
        _peer = endpoint?.Node;
        _remote = endpoint is not null ? $"{endpoint.Node}" : accepted is { ProtocolType: ProtocolType.Tcp } ? $"{accepted.RemoteEndPoint}" : "a process of this machine";
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A connection that dials <paramref name="endpoint"/>.</summary>
    /// <param name="settings">Bounds and times.</param>
    /// <param name="self">What this process says in its hello.</param>
    /// <param name="peer">The node that must answer.</param>
    /// <param name="endpoint">Where it listens.</param>
    /// <param name="owner">Gets <see cref="LaneOpened"/>, the frames, and <see cref="LaneClosed"/>.</param>
    public static Props ConnectProps(LaneSettings settings, LaneIdentity self, NodeId peer, LaneEndpoint endpoint, IActorRef owner)
    {
        var dialled = endpoint with { Node = peer };
        return Props.Create(() => new LaneConnectionActor(settings, self, owner, dialled, null, null));
    }

    /// <summary>A connection that a listener accepted.</summary>
    internal static Props AcceptProps(LaneSettings settings, LaneIdentity self, Socket accepted, IActorRef owner, ComputePool? pool) =>
        Props.Create(() => new LaneConnectionActor(settings, self, owner, null, accepted, pool));

    protected override void PreStart()
    {
        var self = Self;
        Start("lane-hello", () => self.Tell(Greet(), ActorRefs.NoSender));
    }

    /// <summary>There is nothing to resume: the socket is gone.</summary>
    protected override void PostRestart(Exception reason) => Context.Stop(Self);

    protected override void PostStop()
    {
        _reader?.Close();
        _ending.Cancel();
        _stream?.Dispose();
        _accepted?.Dispose();
        _writer?.Close();
        _shared?.Dispose();
        if (_writer is null && _endpoint is null)
            LogStranger();
        else
            _owner.Tell(new LaneClosed(_peer!.Value, _reason, _message));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Greeted greeted:
                Open(greeted);
                break;
            case Ended ended:
                Close(ended.Reason, ended.Message);
                break;
            case LaneFrame frame:
                Send(frame);
                break;
            case Status.Failure failure:
                throw new InvalidOperationException($"the lane to {_remote} failed", failure.Cause);
            case CheckSilence when _stream is not null:
                CheckLife(_stream);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>On a thread of its own. Nothing of the actor is touched off its thread: the fields read here never change.</summary>
    private object Greet()
    {
        var cancellation = _ending.Token;
        LaneStream? stream = null;
        try
        {
            if (_endpoint is not null)
            {
                var connected = LaneHandshake.Connect(_settings, _self, _endpoint, cancellation);
                return new Greeted(connected.Stream, _endpoint.Node, connected.Shared);
            }

            stream = new LaneStream(_accepted!, _settings);
            var accepted = LaneHandshake.Accept(stream, _settings, _self, cancellation);
            return new Greeted(stream, accepted.Peer, accepted.Shared);
        }
        catch (Exception e)
        {
            stream?.Dispose();
            return Explain(e);
        }
    }

    private void Open(Greeted greeted)
    {
        var self = Self;
        _stream = greeted.Stream;
        _peer = greeted.Peer;
        _shared = greeted.Shared;
        _writer = new LaneWriter(_stream, _shared, _settings.WriteQueueFrames, _settings.Activations, e => self.Tell(Explain(e), ActorRefs.NoSender));
        _reader = new LaneReader(_stream, _writer, _shared, _settings.MaxFrameBytes, _settings.Activations, _owner, self, _pool);
        _seenProgress = _stream.Progress;
        _lastProgress = Context.System.Scheduler.Now;
        Timers.StartPeriodicTimer("silence", CheckSilence.Instance, _settings.PingInterval);
        _owner.Tell(new LaneOpened(greeted.Peer));
        var reader = _reader;
        Start("lane-read", () => self.Tell(EndOf(reader), ActorRefs.NoSender));
    }

    private static void Start(string name, Action run) => new Thread(() => run()) { IsBackground = true, Name = name }.Start();

    private void Send(LaneFrame frame)
    {
        if (_writer is null)
        {
            frame.Dispose();
            return;
        }

        var bytes = LaneFrameCodec.PayloadBytes(frame);
        if (bytes > _settings.MaxFrameBytes)
        {
            RefuseLongFrame(frame, bytes, _writer);
            return;
        }

        if (_writer.TryWrite(frame))
            return;
        frame.Dispose();
        Close(LaneCloseReason.WriteQueueFull, $"{_settings.WriteQueueFrames} frames wait to be written (moe.lane.write-queue-frames)");
    }

    /// <summary>Whoever waits for the frame's answer hears why it cannot come; the lane itself is sound.</summary>
    private void RefuseLongFrame(LaneFrame frame, long bytes, LaneWriter writer)
    {
        var message = $"a frame of {bytes} bytes is longer than {_settings.MaxFrameBytes} (moe.lane.max-frame-bytes)";
        LaneFrame failed = frame is RangeFrame
            ? new RangeFailedFrame { DispatchId = frame.DispatchId, Layer = frame.Layer, Message = message }
            : new DispatchFailedFrame { DispatchId = frame.DispatchId, Layer = frame.Layer, Failure = DispatchFailure.BadRows, Message = message };
        if (frame is DispatchFrame)
            _owner.Tell(failed);
        else
            writer.TryWrite(failed);
        frame.Dispose();
    }

    private void LogStranger()
    {
        // Whoever only looks whether somebody is here goes without a word.
        if (_reason == LaneCloseReason.ClosedByPeer)
            _log.Info("{0} did not become a lane ({1}: {2})", _remote, _reason, _message);
        else
            _log.Warning("{0} did not become a lane ({1}: {2})", _remote, _reason, _message);
    }

    private void CheckLife(LaneStream stream)
    {
        var now = Context.System.Scheduler.Now;
        if (stream.Progress != _seenProgress)
        {
            _seenProgress = stream.Progress;
            _lastProgress = now;
            return;
        }

        if (now - _lastProgress >= _settings.PingTimeout)
            Close(LaneCloseReason.PingTimeout, $"nothing came for {_settings.PingTimeout} (moe.lane.ping-timeout)");
        else
            _writer!.Ping();
    }

    private void Close(LaneCloseReason reason, string message)
    {
        if (_reason != LaneCloseReason.Stopped)
            return;
        _reason = reason;
        _message = message;
        Context.Stop(Self);
    }

    private static object EndOf(LaneReader reader)
    {
        try
        {
            reader.Run();
            return new Ended(LaneCloseReason.ClosedByPeer, "the peer closed the connection");
        }
        catch (Exception e)
        {
            return Explain(e);
        }
    }

    /// <summary>What the failures that a lane is made for mean; a defect is not hidden, it fails the actor.</summary>
    private static object Explain(Exception e) => e switch
    {
        LaneHandshakeException handshake => new Ended(handshake.Reason, handshake.Message),
        LaneProtocolException => new Ended(LaneCloseReason.ProtocolError, e.Message),
        SocketException { SocketErrorCode: SocketError.ConnectionReset } => new Ended(LaneCloseReason.ClosedByPeer, e.Message),
        SocketException or IOException => new Ended(LaneCloseReason.ConnectionLost, e.Message),
        OperationCanceledException or ObjectDisposedException => new Ended(LaneCloseReason.Stopped, "stopped"),
        _ => new Status.Failure(e),
    };

    private sealed record Greeted(LaneStream Stream, NodeId Peer, ISharedRows? Shared) : IOwningMessage
    {
        public void Dispose()
        {
            Stream.Dispose();
            Shared?.Dispose();
        }
    }

    private sealed record Ended(LaneCloseReason Reason, string Message) : INoSerializationVerificationNeeded;

    private sealed record CheckSilence : INoSerializationVerificationNeeded
    {
        public static readonly CheckSilence Instance = new();
    }
}
