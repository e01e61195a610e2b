using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace MoE.Http.Responses;

/// <summary>Sends one JSON object.</summary>
internal static class JsonReply
{
    public static async Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        var response = context.Response;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        using (var json = new Utf8JsonWriter(response.BodyWriter, HttpJson.WriterOptions))
            JsonSerializer.Serialize(json, value, type);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
