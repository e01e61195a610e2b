using MoE.Engine;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>A checked request to <c>/v1/completions</c>.</summary>
/// <param name="Prompts">One or more prompts.</param>
/// <param name="Sampling">How to choose; its token limit is set per prompt.</param>
/// <param name="Stop">Stop strings.</param>
/// <param name="MaxTokens">0 only with <paramref name="Echo"/>: the prompt is scored and nothing is written.</param>
/// <param name="Choices">Choices per prompt.</param>
/// <param name="Echo">Whether the prompt comes before the answer.</param>
/// <param name="Options">How the answer is sent.</param>
internal sealed record CompletionRequest(
    IReadOnlyList<TextPrompt> Prompts,
    SamplingParams Sampling,
    IReadOnlyList<string> Stop,
    int MaxTokens,
    int Choices,
    bool Echo,
    StreamOptions Options)
{
    private const int DefaultMaxTokens = 16;

    /// <exception cref="ApiException">The first field that is wrong.</exception>
    public static CompletionRequest Read(Fields fields, IEngine engine, HttpSettings settings)
    {
        SamplingReader.CheckModel(fields, engine);
        RefusedFields.CheckCompletion(fields);
        SamplingReader.CheckLabels(fields);
        var echo = fields.Bool("echo") ?? false;
        var logprobs = fields.Int("logprobs", 0, 5);
        var sampling = SamplingReader.Read(fields, engine, settings) with { Logprobs = logprobs, PromptLogprobs = echo ? logprobs : null };
        var maxTokens = fields.Int("max_tokens", echo ? 0 : 1, int.MaxValue) ?? DefaultMaxTokens;
        SamplingReader.CheckMinTokens(sampling, maxTokens);
        var prompts = PromptReader.Read(fields, engine, engine.MaxSequences);
        var choices = SamplingReader.Choices(fields, engine);
        if ((long)prompts.Count * choices > engine.MaxSequences)
            throw ApiException.Invalid("prompt", $"{prompts.Count} prompts with {choices} choices each; this server runs at most {engine.MaxSequences} sequences.");
        return new CompletionRequest(prompts, sampling, StopReader.Strings(fields, settings), maxTokens, choices, echo, StreamOptions.Read(fields));
    }
}
