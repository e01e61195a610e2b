namespace MoE.Faults;

/// <summary>Every scenario, made anew for every run.</summary>
internal static class Catalog
{
    /// <summary>Faults of one node's connection; they leave the cluster as it was and can share one.</summary>
    public static IReadOnlyList<Func<Scenario>> Lane { get; } =
    [
        () => new LaneScenario("lane-cut", "the connection is cut inside an answer", new CutInsideAFrame(), cuts: true),
        () => new LaneScenario("lane-cut-to-node", "the connection is cut inside a dispatch", new CutInsideAFrame(), fromNode: false, cuts: true),
        () => new LaneScenario("lane-flipped-bit", "a bit of an answer is flipped on the way", new FlippedBit(), cuts: true),
        () => new LaneScenario("lane-flipped-bit-to-node", "a bit of a dispatch is flipped on the way", new FlippedBit(), fromNode: false, cuts: true),
        () => new LaneScenario("lane-repeated-bytes", "bytes of an answer come twice", new RepeatedBytes(), cuts: true),
        () => new LaneScenario("lane-wrong-length", "an answer says a wrong length", new WrongLength(), cuts: true),
        () => new LaneScenario("lane-repeated-answer", "an answer comes twice", new RepeatedFrame()),
        () => new LaneScenario("lane-lost-answers", "answers are lost, the connection lives", new LostRows()),
        () => new LaneScenario("lane-drip", "answers drip, one byte a second", new Drip()),
        () => new LaneScenario("lane-stall", "nothing comes from a node any more, the connection stays", new Stall()),
        () => new LaneScenario("lane-stall-to-node", "nothing reaches a node any more, the connection stays", new Stall(), fromNode: false),
        () => new SlowLane(),
        () => new LaneScenario("lane-narrow", "a node's answers come at 64 KiB/s", new BandwidthCap(64 << 10)),
        () => new WrongAnswer("answer-nan", "a node answers with a value that is no number", new NotANumber()),
        () => new WrongAnswer("answer-shape", "a node answers with rows of a wrong shape", new WrongShape()),
    ];

    /// <summary>Faults of processes.</summary>
    public static IReadOnlyList<Func<Scenario>> Processes { get; } =
    [
        () => new KillWithReplica(),
        () => new KillWithoutReplica(),
        () => new KillTheLast(),
        () => new Pause(),
        () => new PauseOfEverybody(),
        () => new Hang(),
        () => new KillInPrompts(),
        () => new PauseInPrompts(),
        () => new SeedRestart(),
        () => new FrontKill(),
        () => new RollingRestart(),
        () => new Join(),
        () => new HungPeerJoin(),
    ];

    /// <summary>Faults of what a node without a model file fetches.</summary>
    public static IReadOnlyList<Func<Scenario>> Weights { get; } =
    [
        () => new FetchingJoin("weights-flipped-bit", "a node without a model file joins, a bit of a range is flipped on the way", new FlippedBit(), "fetching from .* stopped .*checksum"),
        () => new FetchingJoin("weights-wrong-bytes", "a node without a model file joins, a peer gives it a damaged range", new SealedFlippedBit(), "gave wrong bytes of expert"),
    ];

    /// <summary>Faults of the network between several seeds.</summary>
    public static IReadOnlyList<Func<NetworkScenario>> Network { get; } = [() => new OldestSeedCutOff(), () => new Shattered()];

    /// <summary>Those that a cluster on loopback can suffer.</summary>
    public static IEnumerable<Func<Scenario>> All => [.. Processes, .. Lane, .. Weights];
}
