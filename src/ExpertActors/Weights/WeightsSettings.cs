using Akka.Configuration;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>The <c>moe.weights.*</c> keys; hocon/reference.conf says what each is for.</summary>
/// <param name="Serve">Whether others may fetch from here.</param>
/// <param name="Port">Where the lane for weights listens; 0 takes a free port.</param>
/// <param name="PublicPort">The port of it that peers are told to dial; 0 for the one it listens on.</param>
/// <param name="CacheBytes">Most bytes of the cache folder.</param>
/// <param name="ChunkBytes">Bytes of one range.</param>
/// <param name="WindowChunks">Ranges under way for one expert.</param>
/// <param name="FetchBytes">Bytes of experts that are fetched, checked or about to be loaded at once; one expert always may.</param>
/// <param name="MaxAttempts">Failures of one expert before the node gives up.</param>
/// <param name="SourceTimeout">How long nobody may have an expert before the node gives up.</param>
/// <param name="RetryInterval">How often an unanswered question is repeated, and a peer that failed is asked again.</param>
/// <param name="OfferInterval">How often a node says what it has.</param>
/// <param name="RangeDeadline">How long nothing may come from a peer that was asked for ranges.</param>
public sealed record WeightsSettings(
    bool Serve, int Port, int PublicPort, long CacheBytes, int ChunkBytes, int WindowChunks, long FetchBytes, int MaxAttempts,
    TimeSpan SourceTimeout, TimeSpan RetryInterval, TimeSpan OfferInterval, RangeDeadline RangeDeadline)
{
    /// <summary>The configuration's path of the dispatcher whose actors have a thread each, for reading files.</summary>
    public const string DispatcherPath = Section + ".dispatcher";

    private const string Section = "moe.weights";

    /// <summary>Reads the section of the actor system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of its range.</exception>
    public static WeightsSettings Read(Config config)
    {
        var section = config.GetConfig(Section);
        return new WeightsSettings(
            section.GetBoolean("serve"),
            (int)Integer("port", 0, ushort.MaxValue),
            (int)Integer("public-port", 0, ushort.MaxValue),
            Integer("cache-bytes", 0, long.MaxValue),
            (int)Integer("chunk-bytes", 1024, RangeRequestFrame.MaxBytes),
            (int)Integer("window-chunks", 1, 256),
            Integer("fetch-bytes", 1, long.MaxValue),
            (int)Integer("max-attempts", 1, 1 << 20),
            ConfigValues.Positive(section, Section, "source-timeout"),
            ConfigValues.Positive(section, Section, "retry-interval"),
            ConfigValues.Positive(section, Section, "offer-interval"),
            RangeDeadline.Read(section, Section));

        long Integer(string key, long least, long most) => ConfigValues.Integer(section, Section, key, least, most);
    }
}
