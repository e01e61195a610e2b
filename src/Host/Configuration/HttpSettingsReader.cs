using Akka.Configuration;
using MoE.Http;

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
        ShutdownTimeout = config.GetTimeSpan("moe.shutdown-timeout", allowInfinite: false),
    };
}
