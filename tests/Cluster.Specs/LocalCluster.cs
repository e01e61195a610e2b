using Akka.Configuration;
using MoE.Host;

namespace MoE.Cluster.Specs;

/// <summary>A seed with a front and some expert nodes, each an actor system of its own in this process, on loopback with free ports.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>How long a cluster may take to form on a busy machine.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _model;
    private readonly List<ExpertProcess> _experts = [];

    private LocalCluster(string model, FrontProcess front)
    {
        _model = model;
        Front = front;
    }

    public FrontProcess Front { get; }

    public IReadOnlyList<ExpertProcess> Experts => _experts;

    /// <summary>Starts the nodes and waits until every expert has an owner.</summary>
    /// <param name="model">Path of the model.</param>
    /// <param name="nodes">Expert nodes.</param>
    /// <param name="overrides">HOCON over everything else.</param>
    public static async Task<LocalCluster> StartAsync(string model, int nodes, string overrides = "")
    {
        var front = await FrontProcess.StartAsync(
            Configure(["test", "local", "seed"], model, $"moe.placement.min-nodes = {nodes}\n{overrides}\nmoe.weights.from-peers = off"), coordinate: true, _ => { });
        var cluster = new LocalCluster(model, front);
        try
        {
            for (var i = 0; i < nodes; i++)
                await cluster.AddExpertsAsync(overrides);
            await cluster.ReadyAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more expert node; it joins and loads while the others serve.</summary>
    /// <param name="overrides">HOCON over everything else.</param>
    /// <param name="model">Another model than the cluster's.</param>
    /// <param name="onEvent">Gets the node's news.</param>
    public async Task<ExpertProcess> AddExpertsAsync(string overrides = "", string? model = null, Action<object>? onEvent = null)
    {
        var address = Front.Node.Cluster.SelfAddress;
        var expert = await ExpertProcess.StartAsync(
            Configure(["test", "local", "expert"], model ?? _model, $"moe.node.seeds = [\"{address.Host}:{address.Port}\"]\n{overrides}"), onEvent ?? (_ => { }));
        _experts.Add(expert);
        return expert;
    }

    /// <summary>A further front; the caller disposes it.</summary>
    /// <param name="overrides">HOCON over everything else.</param>
    /// <param name="onEvent">Gets the front's news.</param>
    public Task<FrontProcess> AddFrontAsync(string overrides, Action<object> onEvent)
    {
        var address = Front.Node.Cluster.SelfAddress;
        return FrontProcess.StartAsync(
            Configure(["test", "local", "front"], _model, $"moe.node.seeds = [\"{address.Host}:{address.Port}\"]\n{overrides}"), coordinate: false, onEvent);
    }

    /// <summary>Ends an expert node as a crash would: it hands nothing over.</summary>
    public async Task KillAsync(ExpertProcess expert)
    {
        await expert.Node.System.Terminate();
        _experts.Remove(expert);
        await expert.DisposeAsync();
    }

    /// <summary>Waits until the front can serve.</summary>
    public async Task ReadyAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!Front.Front.Readiness.Ready)
        {
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"not ready: {Front.Front.Readiness.Reason}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Waits until something that the cluster does by itself has happened.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
            await timer.WaitForNextTickAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var expert in _experts)
            await expert.DisposeAsync();
        await Front.DisposeAsync();
    }

    private static Config Configure(string[] overlays, string model, string overrides) =>
        ConfigurationFactory.ParseString(overrides).WithFallback(ConfigurationBuilder.Build(
            overlays, null, _ => null,
            new Dictionary<string, string>
            {
                [SettingKeys.Model] = model,
                [SettingKeys.Threads] = "2",
                [SettingKeys.HttpUrl] = "http://127.0.0.1:0",
            }));
}
