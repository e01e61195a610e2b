namespace MoE.Faults;

/// <summary>Real processes, each on a machine of its own, as a <see cref="NetworkShape"/> says.</summary>
internal sealed class NetworkCluster : IAsyncDisposable
{
    private const string Model = "quarto-8m";
    private const int Port = 4053;
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-network-").FullName;
    private readonly List<MoEProcess> _processes = [];
    private readonly List<FrontClient> _fronts = [];

    private NetworkCluster(NetworkShape shape, Namespaces network) => (Shape, Network) = (shape, network);

    public NetworkShape Shape { get; }

    public Namespaces Network { get; }

    /// <summary>The seeds' fronts, then the further ones.</summary>
    public IReadOnlyList<FrontClient> Fronts => _fronts;

    private string Config => Path.Combine(_folder, "moe.conf");

    /// <summary>Starts the processes and waits until every front answers.</summary>
    public static async Task<NetworkCluster> StartAsync(NetworkShape shape)
    {
        var cluster = new NetworkCluster(shape, await Namespaces.CreateAsync(shape.Machines));
        try
        {
            await cluster.StartAsync();
            return cluster;
        }
        catch (Exception e)
        {
            var logs = cluster.Logs();
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"{e.Message}\n{logs}", e);
        }
    }

    /// <summary>Waits until everybody is in one cluster, every expert is held as often as it should be, and every front answers.</summary>
    public async Task WholeAsync()
    {
        foreach (var front in _fronts)
        {
            await front.UntilAsync(state =>
                state.Nodes.Count == Shape.Experts && state.Fronts.Count == Shape.AllFronts && state.Settled(Math.Min(Shape.Replicas, Shape.Experts)));
            await front.HealthyAsync();
        }
    }

    /// <summary>Waits until processes that were cut off have begun their next membership, and looked for a cluster in vain.</summary>
    /// <param name="machines">Theirs.</param>
    public async Task AloneAsync(params IEnumerable<int> machines)
    {
        foreach (var machine in machines)
            await _processes[machine - 1].LineAsync("(no answer from|nobody listens at) .* yet");
    }

    /// <summary>What every process printed, for a failure's report.</summary>
    public string Logs() => string.Join('\n', _processes.Select((process, i) => $"--- machine {i + 1}\n{process.Errors}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var front in _fronts)
            front.Dispose();
        foreach (var process in _processes)
            await process.DisposeAsync();
        await Network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        await File.WriteAllTextAsync(Config, $"""
            moe.membership.members-file = ""
            moe.lane.unix-socket = off
            moe.placement.replicas = {Shape.Replicas}
            {Shape.Overrides}
            """);

        // The first seed forms the cluster and is its oldest; the others may come in any order.
        string[] seed = ["seed", "--port", $"{Port}", "--min-nodes", $"{Shape.Experts}"];
        _fronts.Add(await FrontClient.OfAsync(StartFront(seed)));
        List<MoEProcess> fronts = [];
        for (var i = 1; i < Shape.Seeds; i++)
            fronts.Add(StartFront([.. seed, "--join", Seeds(i)]));
        for (var i = 0; i < Shape.Fronts; i++)
            fronts.Add(StartFront(["front", "--seed", Seeds(Shape.Seeds)]));
        for (var i = 0; i < Shape.Experts; i++)
            Start(["expert", "--seed", Seeds(Shape.Seeds), "--memory", "1G"]);
        foreach (var front in fronts)
            _fronts.Add(await FrontClient.OfAsync(front));
        await WholeAsync();
    }

    /// <summary>The addresses of the first seeds.</summary>
    private static string Seeds(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"{Namespaces.NodeHost(NetworkShape.Seed(i))}:{Port}"));

    private MoEProcess StartFront(string[] arguments) => Start([.. arguments, "--http", $"http://{Namespaces.ClientHost(_processes.Count + 1)}:8080"]);

    /// <summary>Starts a process on the next machine.</summary>
    private MoEProcess Start(string[] arguments)
    {
        var machine = _processes.Count + 1;
        var process = MoEProcess.Start(
            Network.On(machine), [.. arguments, "--config", Config, "--model", Model, "--threads", "1", "--host", Namespaces.NodeHost(machine)]);
        _processes.Add(process);
        return process;
    }
}
