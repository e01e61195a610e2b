using MoE.Engine;
using MoE.Http.Generation;
using MoE.Http.Requests;
using MoE.Http.Responses;
using MoE.Tokenization;

namespace MoE.Http.Routes;

/// <summary>What comes before a choice's own text when the prompt is echoed, and the log probabilities of both.</summary>
internal sealed class CompletionEcho(CompletionRequest request, Tokenizer tokenizer)
{
    private readonly int[] _prefixes = [.. request.Prompts.Select(prompt => request.Echo ? CodePoints.Count(prompt.Text) : 0)];

    public string Prefix(int choice) => request.Echo ? Prompt(choice).Text : string.Empty;

    /// <param name="choice">The choice.</param>
    /// <param name="prompt">The prompt's, on the choice's first piece.</param>
    /// <param name="tokens">The choice's own.</param>
    /// <param name="first">Whether the prompt's tokens belong here.</param>
    public CompletionLogprobs? Logprobs(int choice, IReadOnlyList<PromptLogprob?>? prompt, IReadOnlyList<OutputToken> tokens, bool first)
    {
        if (request.Sampling.Logprobs is null)
            return null;
        var builder = new CompletionLogprobsBuilder(tokenizer);
        if (first && request.Echo)
            builder.AddPrompt(Prompt(choice).Ids, prompt ?? []);
        foreach (var token in tokens)
            builder.Add(token, _prefixes[choice / request.Choices] + token.TextOffset);
        return builder.Build();
    }

    private TextPrompt Prompt(int choice) => request.Prompts[choice / request.Choices];
}
