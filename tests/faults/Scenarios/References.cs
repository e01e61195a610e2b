namespace MoE.Faults;

/// <summary>What a cluster without faults answers: each prompt asked alone, once.</summary>
internal sealed class References
{
    private readonly Dictionary<Prompt, IReadOnlyList<string>> _tokens = [];

    public IReadOnlyList<string> Of(Prompt prompt) => _tokens[prompt];

    /// <summary>Whether an answer is whole, and the healthy cluster's.</summary>
    public bool Agree(StreamedAnswer answer) => answer.Complete && !answer.IsWrong(Of(answer.Prompt));

    public async Task AskAsync(FrontClient front, IEnumerable<Prompt> prompts)
    {
        foreach (var prompt in prompts.Where(prompt => !_tokens.ContainsKey(prompt)))
        {
            var answer = await front.StreamAsync(prompt, new StreamWatch());
            if (!answer.Complete || answer.Tokens.Count != prompt.MaxTokens)
                throw new InvalidOperationException($"the healthy cluster answered '{prompt.Text}' with {answer.Tokens.Count} tokens; {answer.Error}");
            _tokens.Add(prompt, answer.Tokens);
        }
    }
}
