namespace MoE.Host;

/// <summary>The keys that flags and environment variables can set.</summary>
internal static class SettingKeys
{
    public const string Model = "moe.model";
    public const string Type = "moe.type";
    public const string ModelId = "moe.model-id";
    public const string LogLevel = "moe.log-level";
    public const string ShutdownTimeout = "moe.shutdown-timeout";
    public const string Threads = "moe.compute.threads";
    public const string HttpUrl = "moe.http.url";
    public const string ApiKeys = "moe.http.api-keys";
    public const string Host = "moe.node.host";
    public const string Port = "moe.node.port";
    public const string Seeds = "moe.node.seeds";
    public const string LanePort = "moe.lane.port";
    public const string Activations = "moe.lane.activations";
    public const string MemoryBudget = "moe.expert.memory-budget";
    public const string FromPeers = "moe.weights.from-peers";
    public const string WeightsCache = "moe.weights.cache";
    public const string MinNodes = "moe.placement.min-nodes";
    public const string KvCacheType = "moe.engine.kv-cache-type";

    /// <summary>Also how <c>moe up</c> tells its expert processes, which must agree with it.</summary>
    public const string ActivationsVariable = "MOE_ACTIVATIONS";

    /// <summary>Each key with its environment variable.</summary>
    public static IReadOnlyList<(string Key, string Environment)> All { get; } =
    [
        (Model, "MOE_MODEL"),
        (Type, "MOE_TYPE"),
        (ModelId, "MOE_MODEL_ID"),
        (LogLevel, "MOE_LOG_LEVEL"),
        (ShutdownTimeout, "MOE_SHUTDOWN_TIMEOUT"),
        (Threads, "MOE_THREADS"),
        (HttpUrl, "MOE_HTTP"),
        (ApiKeys, "MOE_API_KEY"),
        (Host, "MOE_HOST"),
        (Port, "MOE_PORT"),
        (Seeds, "MOE_SEEDS"),
        (LanePort, "MOE_LANE_PORT"),
        (Activations, ActivationsVariable),
        (MemoryBudget, "MOE_MEMORY"),
        (MinNodes, "MOE_MIN_NODES"),
        (KvCacheType, "MOE_KV_CACHE_TYPE"),
        (FromPeers, "MOE_MODEL_FROM_PEERS"),
        (WeightsCache, "MOE_CACHE"),
    ];

    public static bool IsList(string key) => key is Seeds or ApiKeys;
}
