using MoE.Engine;
using MoE.Http.Generation;
using MoE.Http.Requests;
using MoE.Http.Responses;
using MoE.Tokenization;

namespace MoE.Http.Routes;

/// <summary>What comes before a choice's own text when the prompt is echoed, and the log probabilities of both.</summary>
internal sealed class CompletionEcho(CompletionRequest request, Tokenizer tokenizer)
{
    private readonly string[] _texts = [.. request.Prompts.Select(prompt => request.Echo ? prompt.Text ?? tokenizer.Decode(prompt.Ids) : string.Empty)];

    /// <summary>The prompt's text where it is echoed, else nothing.</summary>
    public string Prefix(int choice) => _texts[choice / request.Choices];

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
            AddPrompt(builder, request.Prompts[choice / request.Choices], prompt ?? []);
        var offset = CodePoints.Count(Prefix(choice));
        foreach (var token in tokens)
            builder.Add(token, offset + token.TextOffset);
        return builder.Build();
    }

    /// <summary>The BOS that the tokenizer puts before a text is a token of the prompt and nothing in the text that is echoed.</summary>
    private void AddPrompt(CompletionLogprobsBuilder builder, TextPrompt prompt, IReadOnlyList<PromptLogprob?> logprobs)
    {
        var addsBos = prompt.Text is { } text && tokenizer.BosTokenId is { } bos && prompt.Ids[0] == bos
            && !text.StartsWith(tokenizer.TokenText(bos), StringComparison.Ordinal);
        builder.AddPrompt(prompt.Ids, logprobs, unwritten: addsBos ? 1 : 0);
    }
}
