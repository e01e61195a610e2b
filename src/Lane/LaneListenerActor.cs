using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Listens for lanes and gives each a <see cref="LaneConnectionActor"/> as its child. The owner first hears
/// <see cref="LaneListening"/>, then from the connections themselves. Where the address cannot be had it fails to start.
/// </summary>
public sealed class LaneListenerActor : UntypedActor, IWithTimers
{
    private const int Backlog = 128;

    /// <summary>A process out of file handles fails to accept until some are closed; trying without a pause would take a core.</summary>
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly LaneSettings _settings;
    private readonly LaneIdentity _self;
    private readonly IActorRef _owner;
    private readonly ComputePool? _pool;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _ending = new();
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private LocalSocket? _local;

    /// <summary>Use <see cref="Props"/>.</summary>
    public LaneListenerActor(LaneSettings settings, LaneIdentity self, IActorRef owner, ComputePool? pool)
    {
        _settings = settings;
        _self = self;
        _owner = owner;
        _pool = pool;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="settings">Address, bounds and times.</param>
    /// <param name="self">What this process says in its hello.</param>
    /// <param name="owner">Gets <see cref="LaneListening"/>, and what every connection tells.</param>
    /// <param name="pool">Where the owner leaves the work that frames bring: the threads that read them take part in it. Null for none.</param>
    public static Props Props(LaneSettings settings, LaneIdentity self, IActorRef owner, ComputePool? pool = null) =>
        Akka.Actor.Props.Create(() => new LaneListenerActor(settings, self, owner, pool));

    protected override void PreStart()
    {
        try
        {
            _socket.Bind(new IPEndPoint(Resolve(_settings.Host), _settings.Port));
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new IOException($"the data lane cannot listen on {_settings.Host}:{_settings.Port} (moe.lane.host, moe.lane.port): {e.Message}", e);
        }

        _local = _settings.UnixSocket ? LocalSocket.Listen(_self.Node, Backlog, reason => _log.Info("no Unix socket for lanes on this machine: {0}", reason)) : null;
        var port = _settings.PublicPort > 0 ? _settings.PublicPort : ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _owner.Tell(new LaneListening(_settings.PublicHost, port));
        Accept(_socket);
        if (_local is not null)
            Accept(_local.Socket);
    }

    protected override void PostStop()
    {
        _ending.Cancel();
        _socket.Dispose();
        _local?.Dispose();
    }

    /// <summary>A connection that fails is over; its owner has heard.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Accepted accepted:
                Take(accepted.Socket);
                Accept(accepted.Listener);
                break;
            case AcceptFailed failed:
                _log.Warning("accepting a lane failed: {0}", failed.Message);
                Timers.StartSingleTimer(failed.Listener, new AcceptAgain(failed.Listener), s_pauseAfterFailure);
                break;
            case AcceptAgain again:
                Accept(again.Listener);
                break;
            case AcceptEnded:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Take(Socket socket)
    {
        if (Context.GetChildren().Count() >= _settings.MaxConnections)
        {
            _log.Warning("refused a lane from {0}: {1} are open (moe.lane.max-connections)", socket.RemoteEndPoint, _settings.MaxConnections);
            socket.Dispose();
            return;
        }

        Context.ActorOf(LaneConnectionActor.AcceptProps(_settings, _self, socket, _owner, _pool).WithDispatcher(Context.Props.Dispatcher));
    }

    private void Accept(Socket listener) => AcceptAsync(listener).PipeTo(Self);

    private async Task<object> AcceptAsync(Socket listener)
    {
        try
        {
            return new Accepted(listener, await listener.AcceptAsync(_ending.Token).ConfigureAwait(false));
        }
        catch (SocketException e)
        {
            return new AcceptFailed(listener, e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return AcceptEnded.Instance;
        }
    }

    private static IPAddress Resolve(string host) =>
        IPAddress.TryParse(host, out var address) ? address : Dns.GetHostAddresses(host)[0];

    /// <summary>The listener → itself. One that comes after its end closes the connection, which nobody would answer.</summary>
    internal sealed record Accepted(Socket Listener, Socket Socket) : IOwningMessage
    {
        public void Dispose() => Socket.Dispose();
    }

    private sealed record AcceptFailed(Socket Listener, string Message) : INoSerializationVerificationNeeded;

    private sealed record AcceptAgain(Socket Listener) : INoSerializationVerificationNeeded;

    private sealed record AcceptEnded : INoSerializationVerificationNeeded
    {
        public static readonly AcceptEnded Instance = new();
    }
}
