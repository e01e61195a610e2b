using System.Net;
using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>The <c>moe.lane.*</c> keys; hocon/reference.conf says what each is for.</summary>
public sealed record LaneSettings
{
    private const string Path = "moe.lane";

    /// <summary>Address to listen on: a name or an IP address.</summary>
    public required string Host { get; init; }

    /// <summary>Address that peers are told to dial: as configured, or <see cref="Host"/>, or the node's own where that is a wildcard.</summary>
    public required string PublicHost { get; init; }

    /// <summary>Port to listen on; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Port that peers are told to dial; 0 for the one it listens on.</summary>
    public int PublicPort { get; init; }

    /// <summary>Whether processes of one machine use a Unix-domain socket: not where peers are told another address.</summary>
    public required bool UnixSocket { get; init; }

    /// <summary>Most bytes of shared memory that rows pass through, for each lane over a Unix-domain socket; 0 for none.</summary>
    public long SharedMemoryBytes { get; init; }

    /// <summary>How rows travel. Both ends must agree: it is a part of the numeric policy they compare.</summary>
    public RowPrecision Activations { get; init; } = RowPrecision.F32;

    /// <summary>Largest payload, bytes.</summary>
    public required long MaxFrameBytes { get; init; }

    /// <summary>Socket send and receive buffers, bytes.</summary>
    public required int SocketBufferBytes { get; init; }

    /// <summary>Frames that may wait to be written.</summary>
    public required int WriteQueueFrames { get; init; }

    /// <summary>Connections that a listener keeps at once.</summary>
    public required int MaxConnections { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan HelloTimeout { get; init; }

    /// <summary>Silence after which a ping is sent.</summary>
    public required TimeSpan PingInterval { get; init; }

    /// <summary>Silence after which the peer counts as gone.</summary>
    public required TimeSpan PingTimeout { get; init; }

    /// <summary>Reads <c>moe.lane</c> and, for the host, <c>moe.node.host</c>.</summary>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static LaneSettings Read(Config config)
    {
        var section = config.GetConfig(Path);
        var nodeHost = config.GetString("moe.node.host");
        var host = section.GetString("host") is { Length: > 0 } own ? own : nodeHost;
        var wildcard = IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        var publicHost = section.GetString("public-host") is { Length: > 0 } configured ? configured : wildcard ? nodeHost : host;
        var publicPort = Int(section, "public-port", 0, IPEndPoint.MaxPort);
        var settings = new LaneSettings
        {
            Host = host,
            PublicHost = publicHost,
            Port = Int(section, "port", 0, IPEndPoint.MaxPort),
            PublicPort = publicPort,
            UnixSocket = section.GetBoolean("unix-socket") && publicPort == 0 && section.GetString("public-host").Length == 0,
            SharedMemoryBytes = ConfigValues.Integer(section, Path, "shared-memory-bytes", 0, 1L << 40),
            Activations = RowPrecisions.Read(config),
            MaxFrameBytes = ConfigValues.Integer(section, Path, "max-frame-bytes", 1024, int.MaxValue - 1024),
            SocketBufferBytes = Int(section, "socket-buffer-bytes", 1024, 1 << 30),
            WriteQueueFrames = Int(section, "write-queue-frames", 1, 1 << 20),
            MaxConnections = Int(section, "max-connections", 1, 1 << 16),
            ConnectTimeout = Positive(section, "connect-timeout"),
            HelloTimeout = Positive(section, "hello-timeout"),
            PingInterval = Positive(section, "ping-interval"),
            PingTimeout = Positive(section, "ping-timeout"),
        };
        if (settings.PingTimeout <= settings.PingInterval)
            throw new ConfigurationException($"moe.lane.ping-timeout = {settings.PingTimeout}: must be longer than ping-interval = {settings.PingInterval}");
        return settings;
    }

    /// <summary>A process's numeric policy, where its rows travel so: processes that differ refuse each other.</summary>
    /// <param name="kernels">How its kernels round.</param>
    public string NumericPolicy(string kernels) => Activations == RowPrecision.F32 ? kernels : $"{kernels}, rows bf16";

    private static int Int(Config section, string key, int least, int most) =>
        (int)ConfigValues.Integer(section, Path, key, least, most);

    private static TimeSpan Positive(Config section, string key)
    {
        var value = section.GetTimeSpan(key, allowInfinite: false);
        return value > TimeSpan.Zero && value < TimeSpan.FromDays(1)
            ? value
            : throw new ConfigurationException($"moe.lane.{key} = {value}: must be positive and below a day");
    }
}
