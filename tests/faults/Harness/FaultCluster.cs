using System.Globalization;

namespace MoE.Faults;

/// <summary>
/// Real processes on loopback with free ports: a seed, expert nodes, perhaps further fronts. Disposing ends them, whatever
/// state a fault has left them in.
/// </summary>
internal sealed class FaultCluster : IAsyncDisposable
{
    /// <summary>Nothing waits so long on an idle machine; a busy one may be slow, but not for ever.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const string Model = "quarto-8m";
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-faults-").FullName;
    private readonly List<MoEProcess> _fronts = [];
    private readonly List<ExpertNode> _experts = [];
    private readonly int _port = FreePort.Take();

    private FaultCluster(ClusterShape shape) => Shape = shape;

    public ClusterShape Shape { get; }

    public MoEProcess Seed { get; private set; } = null!;

    /// <summary>host:port of the seed.</summary>
    public string SeedAddress => $"127.0.0.1:{_port}";

    /// <summary>Expert nodes that were started and not given up.</summary>
    public IReadOnlyList<ExpertNode> Experts => _experts;

    public IReadOnlyList<MoEProcess> Fronts => _fronts;

    /// <summary>Where the scenario's requests go.</summary>
    public FrontClient Front => FrontClients[0];

    /// <summary>Every front that takes requests: the further ones, or else the seed's.</summary>
    public List<FrontClient> FrontClients { get; } = [];

    /// <summary>Starts the processes and waits until requests are answered by every expert node.</summary>
    public static async Task<FaultCluster> StartAsync(ClusterShape shape)
    {
        var cluster = new FaultCluster(shape);
        try
        {
            var seed = await cluster.StartSeedAsync(shape.Experts);
            for (var i = 0; i < shape.Experts; i++)
                cluster.AddExpert();
            for (var i = 0; i < shape.Fronts; i++)
                cluster.FrontClients.Add(await cluster.AddFrontAsync());
            if (shape.Fronts == 0)
                cluster.FrontClients.Add(seed);
            else
                seed.Dispose();
            await cluster.SettledAsync(shape.Experts);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the seed, the first time or again on the same port.</summary>
    public async Task<FrontClient> StartSeedAsync(int minNodes)
    {
        Seed = MoEProcess.Start(
            "seed", "--config", Config(""), "--model", Model, "--threads", "1", "--port", _port.ToString(CultureInfo.InvariantCulture),
            "--http", "http://127.0.0.1:0", "--min-nodes", minNodes.ToString(CultureInfo.InvariantCulture));
        return await FrontClient.OfAsync(Seed);
    }

    /// <summary>Starts one more expert node; it joins while the others serve.</summary>
    /// <param name="model">Another model than the cluster's.</param>
    public ExpertNode AddExpert(string model = Model)
    {
        var proxy = Shape.Proxied == ProxiedLane.None ? null : LaneProxy.Start();
        var ports = proxy is null ? "" : $"{{ port = {proxy.NodePort}, public-port = {proxy.Port} }}";
        return StartExpert(proxy, Shape.Proxied switch
        {
            ProxiedLane.Dispatches => $"moe.lane {ports}",
            ProxiedLane.Weights => $"moe.weights {ports}\nmoe.weights.serve = on",
            _ => "",
        }, "--model", model);
    }

    /// <summary>Starts one more expert node, which has no model file and an empty cache.</summary>
    /// <returns>The node, and its cache's folder.</returns>
    public (ExpertNode Node, string Cache) AddExpertWithoutFile()
    {
        var cache = Directory.CreateDirectory(Path.Combine(_folder, $"cache-{Guid.NewGuid():n}")).FullName;
        return (StartExpert(null, "", "--model-from-peers", "--cache", cache), cache);
    }

    public async Task<FrontClient> AddFrontAsync()
    {
        var front = MoEProcess.Start(
            "front", "--config", Config(""), "--model", Model, "--threads", "1", "--seed", SeedAddress, "--http", "http://127.0.0.1:0");
        _fronts.Add(front);
        return await FrontClient.OfAsync(front);
    }

    /// <summary>SIGKILL; the node is forgotten.</summary>
    public async Task KillAsync(ExpertNode node)
    {
        await node.Process.SignalAsync("KILL");
        await GiveUpAsync(node);
    }

    /// <summary>SIGKILL; the front is forgotten, its client is not: it may have requests under way.</summary>
    public async Task KillAsync(MoEProcess front)
    {
        await front.SignalAsync("KILL");
        _fronts.Remove(front);
        await front.DisposeAsync();
    }

    /// <summary>Ends what is left of a node and forgets it.</summary>
    public async Task GiveUpAsync(ExpertNode node)
    {
        _experts.Remove(node);
        await node.DisposeAsync();
    }

    /// <summary>Waits until so many expert nodes hold all of their experts, every expert as often as it should be, and requests are answered.</summary>
    public async Task SettledAsync(int nodes)
    {
        foreach (var front in FrontClients)
        {
            await front.HealthyAsync();
            await front.UntilAsync(status => status.Nodes.Count == nodes && status.Settled(Math.Min(Shape.Replicas, nodes)));
        }
    }

    /// <summary>What every process printed, for a failure's report.</summary>
    public string Logs() => string.Join(
        '\n',
        ((MoEProcess[])[Seed, .. _fronts, .. _experts.Select(node => node.Process)]).Select(process => $"--- {process.Id}\n{process.Errors}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var client in FrontClients)
            client.Dispose();
        foreach (var node in _experts)
            await node.DisposeAsync();
        foreach (var front in _fronts)
            await front.DisposeAsync();
        if (Seed is not null)
            await Seed.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private ExpertNode StartExpert(LaneProxy? proxy, string config, params string[] arguments)
    {
        var process = MoEProcess.Start(
            ["expert", "--config", Config(config), "--threads", "1", "--seed", SeedAddress, "--memory", Shape.Memory, .. arguments]);
        var node = new ExpertNode(process, proxy);
        _experts.Add(node);
        return node;
    }

    private string Config(string more)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():n}.conf");
        File.WriteAllText(file, $"""
            moe.membership.members-file = "{_folder}/members"
            moe.placement.replicas = {Shape.Replicas}
            {Shape.Overrides}
            {more}
            """);
        return file;
    }
}
