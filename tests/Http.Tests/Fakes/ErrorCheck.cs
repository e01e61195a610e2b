using System.Net;
using System.Text.Json.Nodes;

namespace MoE.Http.Tests.Fakes;

/// <summary>What must hold of every error.</summary>
internal static class ErrorCheck
{
    public static async Task<JsonObject> IsErrorAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {text}");
        Assert.True(response.Headers.Contains("x-request-id"));
        var error = JsonNode.Parse(text)!["error"]!.AsObject();
        Assert.False(string.IsNullOrWhiteSpace((string?)error["message"]));
        Assert.DoesNotContain('\n', (string)error["message"]!);
        Assert.False(string.IsNullOrWhiteSpace((string?)error["type"]));
        Assert.True(error.ContainsKey("param"));
        Assert.True(error.ContainsKey("code"));
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return error;
    }
}
