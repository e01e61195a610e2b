using System.Diagnostics;

namespace MoE.Faults;

/// <summary>
/// Some machines in miniature: network namespaces, each with two interfaces. The nodes' own network is a bridge that can be
/// split; on the other one the clients reach the fronts whatever happens to the first. Disposing removes everything.
/// </summary>
internal sealed class Namespaces : IAsyncDisposable
{
    private readonly string _id = $"moe{Environment.ProcessId % 100000}";
    private readonly int _count;

    private Namespaces(int count) => _count = count;

    /// <summary>Why this machine has none, or null.</summary>
    public static string? Unavailable { get; } = Probe();

    private string Whole => $"{_id}w";

    private string Split => $"{_id}s";

    private string Clients => $"{_id}c";

    /// <param name="count">Machines, numbered from 1.</param>
    public static async Task<Namespaces> CreateAsync(int count)
    {
        var network = new Namespaces(count);
        try
        {
            foreach (var bridge in (string[])[network.Whole, network.Split, network.Clients])
            {
                await IpAsync($"link add {bridge} type bridge");
                await IpAsync($"link set {bridge} up");
            }

            await IpAsync($"addr add 10.78.0.254/24 dev {network.Clients}");
            for (var i = 1; i <= count; i++)
                await network.AddAsync(i);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>A machine's address on the nodes' network.</summary>
    public static string NodeHost(int machine) => $"10.77.0.{machine}";

    /// <summary>A machine's address on the clients' network.</summary>
    public static string ClientHost(int machine) => $"10.78.0.{machine}";

    /// <summary>What a command line begins with to run on a machine.</summary>
    public IReadOnlyList<string> On(int machine) => ["ip", "netns", "exec", Name(machine)];

    /// <summary>Puts some machines on the other side: nothing passes between them and the rest, silently.</summary>
    public async Task SplitAsync(params int[] machines)
    {
        foreach (var machine in machines)
            await IpAsync($"link set {Node(machine)} master {Split}");
    }

    /// <summary>Puts every machine on a side of its own: nothing passes between any two, silently.</summary>
    public async Task ShatterAsync()
    {
        for (var machine = 1; machine <= _count; machine++)
            await IpAsync($"link set {Node(machine)} nomaster");
    }

    /// <summary>Loses what one machine sends to another; what comes back arrives.</summary>
    public Task LoseAsync(int from, int to) =>
        IpAsync($"-n {Name(from)} neigh replace {NodeHost(to)} lladdr 02:00:00:00:00:01 nud permanent dev nodes");

    /// <summary>Undoes every fault.</summary>
    public async Task HealAsync()
    {
        for (var machine = 1; machine <= _count; machine++)
        {
            await IpAsync($"link set {Node(machine)} master {Whole}");
            await IpAsync($"-n {Name(machine)} neigh flush all nud permanent");
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var machine = 1; machine <= _count; machine++)
        {
            // A namespace goes in its own time, and its interfaces with it; the next cluster's have the same names.
            await TryIpAsync($"link del {Node(machine)}");
            await TryIpAsync($"link del {Client(machine)}");
            await TryIpAsync($"netns del {Name(machine)}");
        }

        foreach (var bridge in (string[])[Whole, Split, Clients])
            await TryIpAsync($"link del {bridge}");
    }

    private async Task AddAsync(int machine)
    {
        await IpAsync($"netns add {Name(machine)}");
        await IpAsync($"-n {Name(machine)} link set lo up");
        await ConnectAsync(machine, Node(machine), "nodes", Whole, NodeHost(machine));
        await ConnectAsync(machine, Client(machine), "clients", Clients, ClientHost(machine));
    }

    private async Task ConnectAsync(int machine, string outside, string inside, string bridge, string host)
    {
        await IpAsync($"link add {outside} type veth peer name {inside} netns {Name(machine)}");
        await IpAsync($"link set {outside} master {bridge} up");
        await IpAsync($"-n {Name(machine)} addr add {host}/24 dev {inside}");
        await IpAsync($"-n {Name(machine)} link set {inside} up");
    }

    private string Name(int machine) => $"{_id}-{machine}";

    private string Node(int machine) => $"{_id}n{machine}";

    private string Client(int machine) => $"{_id}k{machine}";

    private static async Task IpAsync(string arguments)
    {
        if (await TryIpAsync(arguments) is { } error)
            throw new InvalidOperationException($"ip {arguments}: {error}");
    }

    private static async Task<string?> TryIpAsync(string arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments.Split(' ')) { RedirectStandardError = true, UseShellExecute = false })!;
        var errors = await ip.StandardError.ReadToEndAsync();
        await ip.WaitForExitAsync();
        return ip.ExitCode == 0 ? null : errors.Trim();
    }

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return "network namespaces take Linux and root";
        if (!File.Exists("/sbin/ip") && !File.Exists("/usr/sbin/ip"))
            return "there is no 'ip' command";
        var name = $"moeprobe{Environment.ProcessId % 100000}";
        try
        {
            foreach (var arguments in (string[])[$"netns add {name}", $"-n {name} link add moeA type veth peer name moeB", $"-n {name} link add moeC type bridge"])
            {
                if (!Succeeds(arguments))
                    return $"this machine refuses 'ip {arguments}'";
            }

            return null;
        }
        finally
        {
            Succeeds($"netns del {name}");
        }
    }

    /// <summary>Blocks: whether a test is skipped is asked where nothing can be awaited.</summary>
    private static bool Succeeds(string arguments) => Task.Run(() => TryIpAsync(arguments)).GetAwaiter().GetResult() is null;
}
