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

/// <summary>A process with an HTTP front: a seed (which also coordinates) or a further front. Disposing drains and leaves.</summary>
internal sealed class FrontProcess : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ILoggerFactory _loggers;

    private FrontProcess(ClusterNode node, FrontRole front, WebApplication app, ILoggerFactory loggers)
    {
        Node = node;
        Front = front;
        _app = app;
        _loggers = loggers;
    }

    public ClusterNode Node { get; }

    public FrontRole Front { get; }

    /// <summary>The address that HTTP really listens on.</summary>
    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts everything; returns when HTTP listens. Experts may still be loading.</summary>
    /// <param name="config">The process's configuration.</param>
    /// <param name="coordinate">Whether this process owns the placement.</param>
    /// <param name="onEvent">Gets the rooms' news.</param>
    public static async Task<FrontProcess> StartAsync(Config config, bool coordinate, Action<object> onEvent)
    {
        var node = ClusterNode.Start(config);
        var loggers = StderrLoggerFactory.Create(config.GetString(SettingKeys.LogLevel));
        try
        {
            var experts = new TaskCompletionSource<ExpertNodeStarted>(TaskCreationOptions.RunContinuationsAsynchronously);
            var listener = node.System.ActorOf(
                EventListener.Props(message =>
                {
                    if (message is ExpertNodeStarted started)
                        experts.TrySetResult(started);
                    onEvent(message);
                }),
                "events");
            if (coordinate)
                CoordinatorRole.Start(node);
            node.Join();

            (Protocol.NodeId, IActorRef)? local = null;
            if (node.Settings.MemoryBudgetBytes > 0)
            {
                ExpertRole.Start(node, listener);
                var started = await experts.Task.ConfigureAwait(false);
                local = (started.Node, started.Actor);
            }

            var front = FrontRole.Start(node, local, listener, loggers);
            var app = MoEHttp.CreateApp(HttpSettingsReader.Read(config), front.Engine, front.ClusterView, TimeProvider.System, loggers);
            await app.StartAsync().ConfigureAwait(false);
            return new FrontProcess(node, front, app, loggers);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(Node.Settings.ShutdownTimeout);
        await Front.DrainAsync(timeout.Token).ConfigureAwait(false);
        await _app.StopAsync(timeout.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        await Front.DisposeAsync().ConfigureAwait(false);
        await Node.DisposeAsync().ConfigureAwait(false);
        _loggers.Dispose();
    }
}
