namespace MoE.Faults;

/// <summary>What a fault did to the streams that were under way.</summary>
/// <param name="InFlight">Streams at once.</param>
/// <param name="Failed">Ended with an error that says so.</param>
/// <param name="Wrong">Brought a token that the healthy cluster does not.</param>
/// <param name="Lost">Ended short and silent.</param>
/// <param name="Stall">The longest silence of any of them after the fault; null where none of them went on.</param>
/// <param name="Errors">What those that failed were told.</param>
internal sealed record Outcome(int InFlight, int Failed, int Wrong, int Lost, TimeSpan? Stall, IReadOnlyList<string> Errors)
{
    public static Outcome Of(int inFlight, IReadOnlyList<StreamedAnswer> answers, References references, TimeSpan stall) => new(
        inFlight,
        answers.Count(answer => answer.Failed),
        answers.Count(answer => answer.IsWrong(references.Of(answer.Prompt))),
        answers.Count(answer => answer.Lost),
        answers.Any(answer => answer.Complete) ? stall : null,
        [.. answers.Where(answer => answer.Failed).Select(answer => answer.Error!)]);
}
