using MoE.Engine;
using MoE.Http.Generation;
using MoE.Tokenization;

namespace MoE.Http.Responses;

/// <summary>Collects the legacy lists for one choice or one event.</summary>
internal sealed class CompletionLogprobsBuilder(Tokenizer tokenizer)
{
    private readonly List<string> _tokens = [];
    private readonly List<float?> _logprobs = [];
    private readonly List<IReadOnlyDictionary<string, float>?> _top = [];
    private readonly List<int> _offsets = [];

    /// <summary>Adds a prompt's tokens; offsets are where each begins in the prompt's text.</summary>
    /// <param name="ids">The prompt.</param>
    /// <param name="logprobs">One for each, or none.</param>
    /// <param name="unwritten">First ids that the text does not show.</param>
    public void AddPrompt(int[] ids, IReadOnlyList<PromptLogprob?> logprobs, int unwritten)
    {
        var decoder = tokenizer.CreateStreamDecoder(skipSpecial: false);
        var offset = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            var own = i < logprobs.Count ? logprobs[i] : null;
            Add(ids[i], own?.Token.Logprob, own?.Top, offset);
            if (i >= unwritten)
                offset += CodePoints.Count(decoder.Add(ids[i]));
        }
    }

    /// <param name="token">The token.</param>
    /// <param name="offset">Code points before it.</param>
    public void Add(OutputToken token, int offset) => Add(token.Id, token.Logprob, token.Top, offset);

    public CompletionLogprobs Build() => new(_tokens, _logprobs, _top, _offsets);

    private void Add(int id, float? logprob, IReadOnlyList<TokenLogprob>? top, int offset)
    {
        var text = TokenNames.Text(tokenizer, id);
        _tokens.Add(text);
        _logprobs.Add(logprob is { } value ? TokenNames.Logprob(value) : null);
        _top.Add(logprob is { } own ? Top(text, own, top ?? []) : null);
        _offsets.Add(offset);
    }

    // Two ids can share a text: the more probable one, which comes first, keeps the name.
    private Dictionary<string, float> Top(string text, float logprob, IReadOnlyList<TokenLogprob> top)
    {
        var names = new Dictionary<string, float>();
        foreach (var entry in top)
            names.TryAdd(TokenNames.Text(tokenizer, entry.TokenId), TokenNames.Logprob(entry.Logprob));
        names.TryAdd(text, TokenNames.Logprob(logprob));
        return names;
    }
}
