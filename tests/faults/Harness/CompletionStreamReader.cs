using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace MoE.Faults;

/// <summary>Reads the events of one streamed completion.</summary>
internal static class CompletionStreamReader
{
    public static async Task<StreamedAnswer> RunAsync(HttpClient http, Prompt prompt, StreamWatch watch, CancellationToken cancellation)
    {
        var tokens = new List<string>();
        var key = new object();
        watch.Begin(key);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(prompt.Body(stream: true)) };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.StatusCode != HttpStatusCode.OK)
                return new StreamedAnswer(prompt, tokens, false, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellation)}");
            var finished = false;
            await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(cancellation)).EnumerateAsync(cancellation))
            {
                if (item.Data == "[DONE]")
                    return new StreamedAnswer(prompt, tokens, finished, finished ? null : "[DONE] without a finish reason");
                var json = JsonNode.Parse(item.Data)!;
                if (json["error"] is { } error)
                    return new StreamedAnswer(prompt, tokens, false, error.ToJsonString());
                finished |= Add(json, tokens, watch, key);
            }

            return new StreamedAnswer(prompt, tokens, false, null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The front's process went away, and with it the connection: the client sees that.
            return new StreamedAnswer(prompt, tokens, false, $"connection: {e.Message}");
        }
        finally
        {
            watch.End(key);
        }
    }

    private static bool Add(JsonNode json, List<string> tokens, StreamWatch watch, object key)
    {
        var finished = false;
        foreach (var choice in json["choices"]!.AsArray())
        {
            if (choice!["logprobs"] is { } logprobs)
            {
                var texts = logprobs["tokens"]!.AsArray();
                var values = logprobs["token_logprobs"]!.AsArray();
                for (var i = 0; i < texts.Count; i++)
                    tokens.Add($"{texts[i]!.GetValue<string>()} {values[i]?.ToJsonString()}");
                if (texts.Count > 0)
                    watch.Token(key, texts.Count);
            }

            finished |= choice["finish_reason"] is not null;
        }

        return finished;
    }
}
