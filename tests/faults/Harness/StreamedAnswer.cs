namespace MoE.Faults;

/// <summary>How a stream ended.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Tokens">Every token with its log-probability, in order.</param>
/// <param name="Complete">Whether it has a finish reason and the closing <c>[DONE]</c>.</param>
/// <param name="Error">The HTTP status with the body, or the error event; null where there was none.</param>
internal sealed record StreamedAnswer(Prompt Prompt, IReadOnlyList<string> Tokens, bool Complete, string? Error)
{
    /// <summary>Cut short without a word: the one thing that must never be.</summary>
    public bool Lost => !Complete && Error is null;

    public bool Failed => Error is not null;

    /// <summary>Whether what came is not what the healthy cluster says: a wrong token, or too few in a complete answer.</summary>
    public bool IsWrong(IReadOnlyList<string> expected) =>
        !Tokens.SequenceEqual(Complete ? expected : expected.Take(Tokens.Count));
}
