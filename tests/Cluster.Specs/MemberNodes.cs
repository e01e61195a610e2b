using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using MoE.Host;

namespace MoE.Cluster.Specs;

/// <summary>Memberships by themselves, on loopback: nothing is served.</summary>
internal static class MemberNodes
{
    public static Address AddressOf(int port) => new("akka.tcp", MoE.Host.ClusterNode.SystemName, "127.0.0.1", port);

    public static Task UpAsync(MoE.Host.ClusterNode node)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Cluster.RegisterOnMemberUp(() => up.TrySetResult());
        return up.Task;
    }

    /// <param name="port">The process's; 0 takes a free one.</param>
    /// <param name="seed">The port of the seed that it is told of, or null.</param>
    /// <param name="role">seed, expert or front.</param>
    /// <param name="membersFile">Where it remembers the members; empty for nowhere.</param>
    public static NodeCore Core(int port, int? seed = null, string role = "seed", string membersFile = "") =>
        NodeCore.Open(Configure(port, seed, role, $"moe.membership.members-file = \"{membersFile}\""));

    /// <summary>A process's configuration.</summary>
    /// <param name="port">The process's; 0 takes a free one.</param>
    /// <param name="seed">The port of the seed that it is told of, or null.</param>
    /// <param name="role">seed, expert or front.</param>
    /// <param name="overrides">HOCON over everything else.</param>
    public static Config Configure(int port, int? seed, string role, string overrides) =>
        ConfigurationFactory.ParseString($$"""
            moe.membership { probe-interval = 100ms, probe-limit = 20, form-after = 1s, members-file = "" }
            moe.node.seeds = [{{(seed is { } first ? $"\"127.0.0.1:{first}\"" : "")}}]
            {{overrides}}
            """).WithFallback(ConfigurationBuilder.Build(
            ["test", "local", role], null, _ => null,
            new Dictionary<string, string>
            {
                [SettingKeys.Model] = Fixture.Model("olmoe/olmoe-q8_0.gguf"),
                [SettingKeys.Threads] = "1",
                [SettingKeys.Port] = port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                [SettingKeys.HttpUrl] = "http://127.0.0.1:0",
            }));

    /// <summary>Ports of loopback that were free a moment ago, all at once so that they differ.</summary>
    public static List<int> FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var socket in sockets)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var ports = sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port).ToList();
        sockets.ForEach(socket => socket.Dispose());
        return ports;
    }
}
