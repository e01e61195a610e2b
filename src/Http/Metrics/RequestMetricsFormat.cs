using System.Globalization;
using MoE.Engine;

namespace MoE.Http.Metrics;

/// <summary>Writes what this front measured. The <c>gen_ai_server_*</c> names are OpenTelemetry's, as its Prometheus exporter spells them.</summary>
internal static class RequestMetricsFormat
{
    public static void Write(PrometheusWriter writer, RequestMetrics metrics, IEngine engine)
    {
        var model = engine.ModelId;
        writer.Begin("moe_http_requests_total", "counter", "Requests answered, by route and status.");
        foreach (var ((route, status), count) in metrics.Requests)
            writer.Add(count, ("route", route), ("status", status.ToString(CultureInfo.InvariantCulture)));

        writer.Begin("gen_ai_server_request_duration_seconds", "histogram", "Duration of generation requests to their last byte.");
        foreach (var ((operation, error), histogram) in metrics.Durations)
        {
            if (error.Length == 0)
                writer.Add(histogram, ("gen_ai_operation_name", operation), ("gen_ai_request_model", model));
            else
                writer.Add(histogram, ("gen_ai_operation_name", operation), ("gen_ai_request_model", model), ("error_type", error));
        }

        Write(writer, "gen_ai_server_time_to_first_token_seconds", "Time from the request to its first token.", metrics.FirstTokens, model);
        Write(writer, "gen_ai_server_time_per_output_token_seconds", "Time per token after the first.", metrics.OutputTokens, model);

        writer.Single("moe_prompt_tokens_total", "counter", "Prompt tokens of requests that got a first token.", metrics.PromptTokens);
        writer.Single("moe_prompt_cached_tokens_total", "counter", "Prompt tokens that the cache still held.", metrics.CachedTokens);
        writer.Single("moe_generated_tokens_total", "counter", "Tokens generated.", metrics.GeneratedTokens);

        var state = engine.Status;
        writer.Single("moe_requests_running", "gauge", "Sequences in the current batch.", state.Running);
        writer.Single("moe_requests_waiting", "gauge", "Sequences that wait for room.", state.Waiting);
        writer.Single("moe_kv_blocks_in_use", "gauge", "Cache blocks that sequences hold.", state.KvBlocksInUse);
        writer.Single("moe_kv_bytes", "gauge", "Bytes of the cache blocks that were ever in use.", state.KvBytes);
        writer.Single("moe_kv_blocks", "gauge", "Cache blocks there are.", state.KvBlocks);
        writer.Single("moe_preemptions_total", "counter", "Sequences that gave their cache blocks back, to be computed again.", state.Preemptions);
        writer.Single("moe_ready", "gauge", "Whether every expert of the model has a live owner.", state.Ready ? 1 : 0);
    }

    private static void Write(PrometheusWriter writer, string name, string help, IReadOnlyDictionary<string, Histogram> histograms, string model)
    {
        writer.Begin(name, "histogram", help);
        foreach (var (operation, histogram) in histograms)
            writer.Add(histogram, ("gen_ai_operation_name", operation), ("gen_ai_request_model", model));
    }
}
