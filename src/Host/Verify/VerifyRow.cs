namespace MoE.Host;

/// <summary>One line of the report.</summary>
/// <param name="Path">What was loaded, and how it computed: <c>safetensors f32</c>, <c>model.gguf native</c>.</param>
/// <param name="Check">What was compared.</param>
/// <param name="Largest">The largest difference found, or the number of cases that differ.</param>
/// <param name="Bound">The most that passes.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Note">What a reader should know: the first case that differs, what was not compared.</param>
internal sealed record VerifyRow(string Path, string Check, double Largest, double Bound, VerifyOutcome Outcome, string Note = "")
{
    /// <summary>A row that passes when the difference is within the bound; NaN never is.</summary>
    public static VerifyRow Compare(string path, string check, double largest, double bound, string note = "") =>
        new(path, check, largest, bound, largest <= bound ? VerifyOutcome.Pass : VerifyOutcome.Fail, note);

    /// <summary>A row for what the directory lacks.</summary>
    public static VerifyRow Skip(string path, string check, string note) =>
        new(path, check, double.NaN, double.NaN, VerifyOutcome.Skipped, note);
}

internal enum VerifyOutcome
{
    Pass,
    Fail,
    Skipped,
}
