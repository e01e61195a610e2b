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
        MaxBodyBytes = config.GetLong("moe.http.max-request-bytes"),
        MaxTotalBodyBytes = config.GetLong("moe.http.max-total-request-bytes"),
        MaxConnections = config.GetInt("moe.http.max-connections"),
        MaxMessages = config.GetInt("moe.http.max-messages"),
        MaxStopStrings = config.GetInt("moe.http.max-stop-strings"),
        MaxStopStringBytes = config.GetInt("moe.http.max-stop-string-bytes"),
        MaxStopTokenIds = config.GetInt("moe.http.max-stop-token-ids"),
        PingInterval = config.GetTimeSpan("moe.http.ping-interval", allowInfinite: false),
        StallTimeout = config.GetTimeSpan("moe.http.stall-timeout", allowInfinite: false),
        RetryAfter = config.GetTimeSpan("moe.http.retry-after", allowInfinite: false),
        ShutdownTimeout = ConfigValues.Positive(config, SettingKeys.ShutdownTimeout),
    };
}
