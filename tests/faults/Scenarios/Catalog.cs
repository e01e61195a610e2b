namespace MoE.Faults;

/// <summary>Every scenario, made anew for every run.</summary>
internal static class Catalog
{
    /// <summary>Faults of one node's connection; they leave the cluster as it was and can share one.</summary>
    public static IReadOnlyList<Func<Scenario>> Lane { get; } =
    [
        () => new CutLane(),
        () => new CutLaneToNode(),
        () => new FlippedBitOnLane(),
        () => new FlippedBitToNode(),
        () => new RepeatedBytesOnLane(),
        () => new WrongLengthOnLane(),
        () => new RepeatedAnswer(),
        () => new LostAnswers(),
        () => new DrippingLane(),
        () => new StalledLane(),
        () => new StalledLaneToNode(),
        () => new SlowLane(),
        () => new NarrowLane(),
        () => new NotANumberOnLane(),
        () => new WrongShapeOnLane(),
    ];

    /// <summary>Faults of processes.</summary>
    public static IReadOnlyList<Func<Scenario>> Processes { get; } =
    [
        () => new KillWithReplica(),
        () => new KillWithoutReplica(),
        () => new KillTheLast(),
        () => new Pause(),
        () => new Hang(),
        () => new SeedRestart(),
        () => new FrontKill(),
        () => new RollingRestart(),
        () => new Join(),
    ];

    public static IEnumerable<Func<Scenario>> All => [.. Processes, .. Lane];
}
