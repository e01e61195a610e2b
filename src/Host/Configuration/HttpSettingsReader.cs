using Akka.Configuration;
using MoE.Http;
using MoE.Protocol;

namespace MoE.Host;

/// <summary>The <c>moe.http.*</c> keys.</summary>
internal static class HttpSettingsReader
{
    public static HttpSettings Read(Config config) => new()
    {
        Url = config.GetString(SettingKeys.HttpUrl),
        ApiKeys = [.. config.GetStringList(SettingKeys.ApiKeys)],
        CorsOrigins = [.. config.GetStringList("moe.http.cors-origins")],
        MaxBodyBytes = Count(config, "max-request-bytes", long.MaxValue),
        MaxTotalBodyBytes = Count(config, "max-total-request-bytes", long.MaxValue),
        MaxConnections = (int)Count(config, "max-connections", int.MaxValue),
        MaxMessages = (int)Count(config, "max-messages", int.MaxValue),
        MaxStopStrings = (int)Count(config, "max-stop-strings", int.MaxValue),
        MaxStopStringBytes = (int)Count(config, "max-stop-string-bytes", int.MaxValue),
        MaxStopTokenIds = (int)Count(config, "max-stop-token-ids", int.MaxValue),
        MaxTokenizeLength = (int)Count(config, "max-tokenize-length", int.MaxValue),
        PingInterval = config.GetTimeSpan("moe.http.ping-interval", allowInfinite: false),
        StallTimeout = config.GetTimeSpan("moe.http.stall-timeout", allowInfinite: false),
        RetryAfter = config.GetTimeSpan("moe.http.retry-after", allowInfinite: false),
        ShutdownTimeout = ConfigValues.Positive(config, SettingKeys.ShutdownTimeout),
    };

    private static long Count(Config config, string key, long most) => ConfigValues.Integer(config.GetConfig("moe.http"), "moe.http", key, 1, most);
}
