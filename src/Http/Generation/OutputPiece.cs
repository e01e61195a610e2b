using MoE.Engine;

namespace MoE.Http.Generation;

/// <summary>What one token added to a choice.</summary>
/// <param name="Text">New text, often empty while characters or stop strings are undecided.</param>
/// <param name="Tokens">Tokens whose text has begun to show; empty where logprobs were not asked for.</param>
/// <param name="Finish">Set on the last piece.</param>
/// <param name="Generated">Tokens generated so far, the end token and a cut stop string's included.</param>
internal sealed record OutputPiece(string Text, IReadOnlyList<OutputToken> Tokens, FinishReason? Finish, int Generated)
{
    /// <summary>Which choice it belongs to.</summary>
    public int Choice { get; init; }

    /// <inheritdoc cref="GeneratedToken.PromptLogprobs"/>
    public IReadOnlyList<PromptLogprob?>? PromptLogprobs { get; init; }

    /// <inheritdoc cref="GeneratedToken.CachedTokens"/>
    public int CachedTokens { get; init; }
}

/// <summary>A token with its log probabilities.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Logprob">Natural log.</param>
/// <param name="Top">The most probable ids, best first.</param>
/// <param name="TextOffset">Code points before its text in the choice's text.</param>
internal sealed record OutputToken(int Id, float Logprob, IReadOnlyList<TokenLogprob> Top, int TextOffset);
