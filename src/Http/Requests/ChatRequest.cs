using System.Text.Json.Nodes;
using MoE.Engine;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>A checked request to <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatRequest(ChatPrompt Prompt, SamplingParams Sampling, IReadOnlyList<string> Stop, int? MaxTokens, int Choices, StreamOptions Options)
{
    /// <exception cref="ApiException">The first field that is wrong.</exception>
    public static ChatRequest Read(Fields fields, IEngine engine, HttpSettings settings)
    {
        SamplingReader.CheckModel(fields, engine);
        RefusedFields.CheckChat(fields);
        SamplingReader.CheckLabels(fields);
        var sampling = SamplingReader.Read(fields, engine, settings) with { Logprobs = Logprobs(fields) };
        var older = fields.Int("max_tokens", 1, int.MaxValue);
        var maxTokens = fields.Int("max_completion_tokens", 1, int.MaxValue) ?? older;
        SamplingReader.CheckMinTokens(sampling, maxTokens);
        return new ChatRequest(
            ChatPrompt.Read(fields, settings),
            sampling,
            StopReader.Strings(fields, settings),
            maxTokens,
            SamplingReader.Choices(fields, engine),
            StreamOptions.Read(fields));
    }

    private static int? Logprobs(Fields fields)
    {
        var wanted = fields.Bool("logprobs") ?? false;
        var top = fields.Int("top_logprobs", 0, 20);
        if (top is not null && !wanted)
            throw ApiException.Invalid("top_logprobs", "'top_logprobs' needs 'logprobs': true.");
        return wanted ? top ?? 0 : null;
    }
}

/// <summary>What the chat template is given.</summary>
internal sealed record ChatPrompt(JsonArray Messages, JsonArray? Tools, bool AddGenerationPrompt)
{
    public static ChatPrompt Read(Fields fields, HttpSettings settings)
    {
        RefusedFields.CheckTemplate(fields);
        return new ChatPrompt(MessagesReader.Read(fields, settings), ToolsReader.Read(fields), fields.Bool("add_generation_prompt") ?? true);
    }
}
