namespace MoE.Http.Metrics;

/// <summary>The bucket bounds, in seconds, that OpenTelemetry's GenAI conventions give each histogram.</summary>
internal static class LatencyBounds
{
    public static IReadOnlyList<double> RequestDuration { get; } = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    public static IReadOnlyList<double> TimeToFirstToken { get; } = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    public static IReadOnlyList<double> TimePerOutputToken { get; } = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
}
