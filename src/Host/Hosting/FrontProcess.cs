using Akka.Actor;
using Akka.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MoE.Http;
using MoE.Router;

namespace MoE.Host;

/// <summary>
/// A process with an HTTP front: a seed (which also coordinates) or a further front. Engine and HTTP last as long as the
/// process; where the cluster has lost it, they answer 503 until it has joined again. Disposing drains and leaves.
/// </summary>
internal sealed class FrontProcess : IAsyncDisposable
{
    private readonly NodeCore _core;
    private readonly bool _coordinate;
    private readonly WebApplication _app;
    private readonly ILoggerFactory _loggers;
    private readonly Action<object> _onEvent;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _life;

    private FrontProcess(NodeCore core, bool coordinate, FrontRole front, WebApplication app, ILoggerFactory loggers, Action<object> onEvent)
    {
        _core = core;
        _coordinate = coordinate;
        Front = front;
        _app = app;
        _loggers = loggers;
        _onEvent = onEvent;
        _life = MembershipLoop.RunAsync(core.Membership.RejoinPause, () => Front.Node.Ended, Front.Lost, Reenter, TimeProvider.System, _ending.Token);
    }

    /// <summary>The membership of now.</summary>
    public ClusterNode Node => Front.Node;

    public FrontRole Front { get; }

    /// <summary>The address that HTTP really listens on.</summary>
    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts everything; returns when HTTP listens. Experts may still be loading.</summary>
    /// <param name="config">The process's configuration.</param>
    /// <param name="coordinate">Whether this process owns the placement.</param>
    /// <param name="onEvent">Gets the rooms' news.</param>
    public static async Task<FrontProcess> StartAsync(Config config, bool coordinate, Action<object> onEvent)
    {
        if (config.GetBoolean(SettingKeys.FromPeers))
            throw new ConfigurationException($"{SettingKeys.FromPeers} = on: a seed or a front needs the model's files; only expert nodes fetch from peers");
        var core = NodeCore.Open(config);
        var loggers = StderrLoggerFactory.Create(config.GetString(SettingKeys.LogLevel));
        ClusterNode? node = null;
        FrontRole? front = null;
        WebApplication? app = null;
        try
        {
            node = ClusterNode.Start(core);
            front = FrontRole.Create(node, loggers);
            await EnterAsync(front, node, coordinate, mayForm: coordinate, onEvent, CancellationToken.None).ConfigureAwait(false);
            app = MoEHttp.CreateApp(HttpSettingsReader.Read(config), front.Engine, front.ClusterView, TimeProvider.System, loggers);
            await app.StartAsync().ConfigureAwait(false);
            return new FrontProcess(core, coordinate, front, app, loggers, onEvent);
        }
        catch
        {
            foreach (var part in new IAsyncDisposable?[] { app, front, node }.OfType<IAsyncDisposable>())
                await part.DisposeAsync().ConfigureAwait(false);
            core.Dispose();
            loggers.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(_core.Settings.ShutdownTimeout);
        await Front.DrainAsync(timeout.Token).ConfigureAwait(false);
        await _app.StopAsync(timeout.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        await Front.DisposeAsync().ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _life.ConfigureAwait(false);
        await Node.DisposeAsync().ConfigureAwait(false);
        _core.Dispose();
        _loggers.Dispose();
        _ending.Dispose();
    }

    /// <summary>A node that was cut off forms no cluster of its own: the one that it was in goes on elsewhere.</summary>
    private async Task Reenter()
    {
        var node = ClusterNode.Start(_core);
        try
        {
            await EnterAsync(Front, node, _coordinate, mayForm: false, _onEvent, _ending.Token).ConfigureAwait(false);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the process's parts in a new membership.</summary>
    /// <exception cref="IOException">The lane of its experts cannot listen, or the membership has ended before it could.</exception>
    private static async Task EnterAsync(
        FrontRole front, ClusterNode node, bool coordinate, bool mayForm, Action<object> onEvent, CancellationToken cancellation)
    {
        var experts = new TaskCompletionSource<ExpertNodeStarted>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = node.System.ActorOf(
            EventListener.Props(message =>
            {
                if (message is ExpertNodeStarted started)
                    experts.TrySetResult(started);
                else if (message is ExpertLaneFailed failed)
                    experts.TrySetException(new IOException(failed.Message));
                onEvent(message);
            }),
            "events");
        if (coordinate)
            CoordinatorRole.Start(node);
        node.Join(mayForm);

        (Protocol.NodeId, IActorRef)? local = null;
        if (node.Settings.MemoryBudgetBytes > 0)
        {
            ExpertRole.Start(node, listener);
            if (await Task.WhenAny(experts.Task, node.Ended).WaitAsync(cancellation).ConfigureAwait(false) == node.Ended)
                throw new IOException("the membership has ended before its experts' lane listened");
            var started = await experts.Task.ConfigureAwait(false);
            local = (started.Node, started.Actor);
        }
        else
        {
            WeightsRole.Serve(node);
        }

        front.Enter(node, local, listener);
    }
}
