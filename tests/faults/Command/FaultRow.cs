namespace MoE.Faults;

/// <summary>One line of the table.</summary>
/// <param name="Fault">What was done.</param>
/// <param name="Runs">How often.</param>
/// <param name="InFlight">Requests under way at each.</param>
/// <param name="Failed">Of all runs.</param>
/// <param name="Wrong">Of all runs: wrong tokens, or silently short.</param>
/// <param name="Stalls">The longest stall of each run that has one.</param>
/// <param name="Note">Another figure.</param>
internal sealed record FaultRow(string Fault, int Runs, int InFlight, int Failed, int Wrong, IReadOnlyList<TimeSpan> Stalls, string Note = "")
{
    public const string Head = """
        | fault | runs | requests in flight | failed | wrong or lost | longest stall: median / worst |
        |---|---|---|---|---|---|
        """;

    public static FaultRow Of(string fault, IReadOnlyList<Outcome> outcomes, string note = "") => new(
        fault,
        outcomes.Count,
        outcomes.Max(outcome => outcome.InFlight),
        outcomes.Sum(outcome => outcome.Failed),
        outcomes.Sum(outcome => outcome.Wrong + outcome.Lost),
        [.. outcomes.Select(outcome => outcome.Stall).OfType<TimeSpan>()],
        note);

    /// <summary>A note of how long something took, or nothing where nothing did.</summary>
    public static string Times(string what, List<TimeSpan> times)
    {
        if (times.Count == 0)
            return "";
        times.Sort();
        return FormattableString.Invariant($"; {what} {times[times.Count / 2].TotalSeconds:0.0} s median, {times[^1].TotalSeconds:0.0} s worst");
    }

    public override string ToString() =>
        FormattableString.Invariant($"| {Fault}{Note} | {Runs} | {InFlight} | {Failed} | {Wrong} | {MedianAndWorst()} |");

    /// <summary>A dash where every request failed: no stall ended.</summary>
    private string MedianAndWorst()
    {
        if (Stalls.Count == 0)
            return "–";
        var sorted = Stalls.Order().ToList();
        return FormattableString.Invariant($"{sorted[sorted.Count / 2].TotalMilliseconds:0} ms / {sorted[^1].TotalMilliseconds:0} ms");
    }
}
