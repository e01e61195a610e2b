using Akka.Configuration;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Host;

/// <summary>The keys of <c>moe.*</c> that the process itself acts on; the rooms read their own sections.</summary>
internal sealed record NodeSettings
{
    public required string Model { get; init; }

    public required WeightType? Type { get; init; }

    /// <summary>How keys and values are stored.</summary>
    public required WeightType KvCacheType { get; init; }

    /// <summary>What clients name.</summary>
    public required string ModelId { get; init; }

    public required int Threads { get; init; }

    /// <summary>How rows travel, as configured.</summary>
    public required string Activations { get; init; }

    public required string Host { get; init; }

    public required IReadOnlyList<(string Host, int Port)> Seeds { get; init; }

    public required long MemoryBudgetBytes { get; init; }

    /// <summary>Whether experts come from peers instead of a model file.</summary>
    public required bool FromPeers { get; init; }

    /// <summary>Folder for fetched experts.</summary>
    public required string WeightsCache { get; init; }

    public required TimeSpan ShutdownTimeout { get; init; }

    /// <summary>Types that <c>--type</c> takes.</summary>
    public static IReadOnlyList<WeightType> LoadTypes { get; } =
        [WeightType.F32, WeightType.F16, WeightType.BF16, WeightType.Q8_0, WeightType.Q4_0];

    /// <summary>Most compute threads of a process: as many processors as the largest machines have, and few enough for any system to start.</summary>
    public const int MaxThreads = 1024;

    private const int MaxPort = ushort.MaxValue;

    private static readonly string[] s_logLevels = ["debug", "info", "warning", "error"];

    /// <exception cref="ConfigurationException">A value is out of its range; the message names the key.</exception>
    public static NodeSettings Read(Config config)
    {
        var threads = Within(config, SettingKeys.Threads, MaxThreads);
        Within(config, SettingKeys.Port, MaxPort);
        if (config.GetString(SettingKeys.LogLevel) is var level && !s_logLevels.Contains(level))
            throw new ConfigurationException($"{SettingKeys.LogLevel} = {level}: must be one of {string.Join(", ", s_logLevels)}");
        return new NodeSettings
        {
            Model = config.GetString(SettingKeys.Model),
            Type = ParseType(config.GetString(SettingKeys.Type)),
            KvCacheType = ReadKvCacheType(config),
            ModelId = config.GetString(SettingKeys.ModelId) is { Length: > 0 } id ? id : ModelLocator.DefaultId(config.GetString(SettingKeys.Model)),
            Activations = config.GetString(SettingKeys.Activations),
            Threads = ThreadsOf(threads),
            Host = config.GetString(SettingKeys.Host),
            Seeds = [.. config.GetStringList(SettingKeys.Seeds).Select(ParseEndpoint)],
            MemoryBudgetBytes = ParseBudget(config.GetString(SettingKeys.MemoryBudget)),
            FromPeers = config.GetBoolean(SettingKeys.FromPeers),
            WeightsCache = CacheFolder(config.GetString(SettingKeys.WeightsCache)),
            ShutdownTimeout = ConfigValues.Positive(config, SettingKeys.ShutdownTimeout),
        };
    }

    /// <summary>Compute threads: as many as asked for, or one a processor.</summary>
    public static int ThreadsOf(int wanted) => wanted == 0 ? Math.Min(Environment.ProcessorCount, MaxThreads) : wanted;

    /// <summary>A <c>--type</c> value; empty keeps the file's own type.</summary>
    public static WeightType? ParseType(string type) => type.Length == 0 ? null : ParseType(SettingKeys.Type, type, LoadTypes);

    /// <exception cref="ConfigurationException">The configured type is none that a cache can have.</exception>
    public static WeightType ReadKvCacheType(Config config) => ParseKvCacheType(config.GetString(SettingKeys.KvCacheType));

    /// <summary>A <c>--kv-cache-type</c> value.</summary>
    public static WeightType ParseKvCacheType(string type) => ParseType(SettingKeys.KvCacheType, type, KvMemory.Types);

    private static WeightType ParseType(string key, string type, IReadOnlyList<WeightType> known)
    {
        foreach (var candidate in known)
        {
            if (string.Equals(candidate.Name(), type, StringComparison.OrdinalIgnoreCase))
                return candidate;
        }

        throw new ConfigurationException($"{key} = {type}: must be one of {string.Join(", ", known.Select(candidate => candidate.Name()))}");
    }

    /// <summary>The configured seeds as the cluster names them.</summary>
    public static IReadOnlyList<Akka.Actor.Address> ReadSeeds(Config config) =>
        [.. config.GetStringList(SettingKeys.Seeds).Select(ParseEndpoint).Select(seed => new Akka.Actor.Address("akka.tcp", ClusterNode.SystemName, seed.Item1, seed.Item2))];

    private static int Within(Config config, string key, int most)
    {
        var value = config.GetLong(key);
        return value >= 0 && value <= most ? (int)value : throw new ConfigurationException($"{key} = {value}: must be 0 to {most}");
    }

    private static string CacheFolder(string folder)
    {
        if (folder != "auto")
            return folder.Length > 0 ? Path.GetFullPath(folder) : throw new ConfigurationException($"{SettingKeys.WeightsCache} is empty: must be auto or a folder");
        var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(caches, "moe", "experts");
    }

    private static (string, int) ParseEndpoint(string seed)
    {
        var colon = seed.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(seed[(colon + 1)..], out var port) || port is < 1 or > 65535)
            throw new ConfigurationException($"{SettingKeys.Seeds} = {seed}: must be host:port with a port in 1..65535");
        return (seed[..colon], port);
    }

    private static long ParseBudget(string budget)
    {
        if (budget == "auto")
            return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 5 * 4;
        var digits = budget.TrimEnd('K', 'M', 'G', 'T', 'k', 'm', 'g', 't');
        var factor = budget.Length == digits.Length ? 1L : char.ToUpperInvariant(budget[^1]) switch
        {
            'K' => 1L << 10,
            'M' => 1L << 20,
            'G' => 1L << 30,
            _ => 1L << 40,
        };
        if (budget.Length - digits.Length > 1 || !long.TryParse(digits, out var value) || value < 0 || value > long.MaxValue / factor)
            throw new ConfigurationException($"{SettingKeys.MemoryBudget} = {budget}: must be auto, or bytes with an optional K, M, G or T");
        return value * factor;
    }
}
