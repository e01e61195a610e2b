namespace MoE.Faults;

/// <summary>A seed with its front, a further front and some expert nodes, each on a machine of its own: seed 1, front 2, expert nodes from 3.</summary>
internal sealed class NetworkCluster : IAsyncDisposable
{
    public const int SeedMachine = 1;
    public const int FrontMachine = 2;
    public const int FirstExpertMachine = 3;

    private const string Model = "quarto-8m";
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-network-").FullName;
    private readonly List<MoEProcess> _processes = [];

    private NetworkCluster(Namespaces network) => Network = network;

    public Namespaces Network { get; }

    /// <summary>The front on the seed's machine.</summary>
    public FrontClient SeedFront { get; private set; } = null!;

    /// <summary>The front on a machine of its own.</summary>
    public FrontClient OtherFront { get; private set; } = null!;

    /// <param name="experts">Expert nodes.</param>
    /// <param name="overrides">HOCON of every process.</param>
    public static async Task<NetworkCluster> StartAsync(int experts, string overrides)
    {
        var cluster = new NetworkCluster(await Namespaces.CreateAsync(FirstExpertMachine - 1 + experts));
        try
        {
            var config = Path.Combine(cluster._folder, "moe.conf");
            await File.WriteAllTextAsync(config, $"moe.membership.members-file = \"\"\nmoe.lane.unix-socket = off\n{overrides}");
            cluster.SeedFront = await cluster.StartFrontAsync(SeedMachine, ["seed", "--port", "4053", "--min-nodes", $"{experts}", "--config", config]);
            for (var machine = FirstExpertMachine; machine < FirstExpertMachine + experts; machine++)
                cluster.Start(machine, ["expert", "--seed", $"{Namespaces.NodeHost(SeedMachine)}:4053", "--memory", "1G", "--config", config]);
            cluster.OtherFront = await cluster.StartFrontAsync(FrontMachine, ["front", "--seed", $"{Namespaces.NodeHost(SeedMachine)}:4053", "--config", config]);
            foreach (var front in (FrontClient[])[cluster.SeedFront, cluster.OtherFront])
            {
                await front.HealthyAsync();
                await front.UntilAsync(state => state.Nodes.Count == experts && state.Fronts.Count == 2 && state.Settled(1));
            }

            return cluster;
        }
        catch (Exception e)
        {
            var logs = cluster.Logs();
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"{e.Message}\n{logs}", e);
        }
    }

    public string Logs() => string.Join('\n', _processes.Select((process, i) => $"--- {i}\n{process.Errors}"));

    public async ValueTask DisposeAsync()
    {
        SeedFront?.Dispose();
        OtherFront?.Dispose();
        foreach (var process in _processes)
            await process.DisposeAsync();
        await Network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<FrontClient> StartFrontAsync(int machine, string[] arguments) =>
        FrontClient.OfAsync(Start(machine, [.. arguments, "--http", $"http://{Namespaces.ClientHost(machine)}:8080"]));

    private MoEProcess Start(int machine, string[] arguments)
    {
        var process = MoEProcess.Start(
            Network.On(machine), [.. arguments, "--model", Model, "--threads", "1", "--host", Namespaces.NodeHost(machine)]);
        _processes.Add(process);
        return process;
    }
}
