using System.Text.Json;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>
/// Fields that OpenAI, vLLM or llama-server define and this server does not honour. They change the answer, so they are
/// refused and never dropped in silence; a value that asks for what happens anyway passes.
/// </summary>
internal static class RefusedFields
{
    // Field, and the values that ask for nothing (as JSON), or none.
    private static readonly (string Name, string[] Harmless)[] _common =
    [
        ("response_format", ["""{"type":"text"}"""]),
        ("best_of", ["1"]),
        ("use_beam_search", ["false"]),
        ("grammar", ["\"\""]),
        ("json_schema", []),
        ("structured_outputs", []),
        ("guided_json", []),
        ("guided_regex", []),
        ("guided_choice", []),
        ("guided_grammar", []),
        ("logits_processors", []),
        ("bad_words", ["[]"]),
        ("prompt_logprobs", []),
        ("service_tier", ["\"auto\"", "\"default\""]),
        ("length_penalty", ["1"]),
        ("early_stopping", ["false"]),
        ("include_stop_str_in_output", ["false"]),
        ("skip_special_tokens", ["true"]),
        ("spaces_between_special_tokens", ["true", "false"]),
        ("truncate_prompt_tokens", []),
        ("allowed_token_ids", []),
        ("return_tokens_as_token_ids", ["false"]),
        ("return_token_ids", ["false"]),
        ("n_predict", ["-1"]),
        ("n_probs", ["0"]),
        ("repeat_penalty", ["1"]),
        ("typical_p", ["1"]),
        ("top_n_sigma", ["-1", "0"]),
        ("mirostat", ["0"]),
        ("dynatemp_range", ["0"]),
        ("xtc_probability", ["0"]),
        ("dry_multiplier", ["0"]),
        ("samplers", []),
        ("lora", ["[]"]),
        ("t_max_predict_ms", ["0", "-1"]),
    ];

    private static readonly (string Name, string[] Harmless)[] _chat =
    [
        ("functions", ["[]"]),
        ("function_call", ["\"none\"", "\"auto\""]),
        ("audio", []),
        ("modalities", ["[\"text\"]"]),
        ("prediction", []),
        ("reasoning_effort", []),
        ("verbosity", []),
        ("web_search_options", []),
        ("store", ["false"]),
        ("chat_template", []),
        ("chat_template_kwargs", ["{}"]),
        ("continue_final_message", ["false"]),
        ("documents", ["[]"]),
        ("mm_processor_kwargs", ["{}"]),
        ("echo", ["false"]),
    ];

    private static readonly (string Name, string[] Harmless)[] _completion = [("suffix", ["\"\""])];

    public static void CheckChat(Fields fields) => Check(fields, _common, _chat);

    public static void CheckCompletion(Fields fields) => Check(fields, _common, _completion);

    /// <summary>Templates run with the server's rights, so they come from the model's files only.</summary>
    public static void CheckTemplate(Fields fields) => Check(fields, _chat.Where(field => field.Name.StartsWith("chat_template", StringComparison.Ordinal)));

    private static void Check(Fields fields, params IEnumerable<(string Name, string[] Harmless)>[] tables)
    {
        foreach (var (name, harmless) in tables.SelectMany(table => table))
        {
            if (fields.Get(name) is not { } value || harmless.Any(allowed => Same(value, allowed)))
                continue;
            throw ApiException.NotImplemented(name, harmless.Length == 0 ? null : string.Join(" or ", harmless));
        }
    }

    private static bool Same(JsonElement value, string json)
    {
        using var allowed = JsonDocument.Parse(json);
        return JsonElement.DeepEquals(value, allowed.RootElement);
    }
}
