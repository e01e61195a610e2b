namespace MoE.Faults;

/// <summary>What the front and nodes of one machine share while prompts are read, which every stream does over and over.</summary>
internal static class LongPrompts
{
    /// <summary>Two copies of every expert; no prompt is known from before.</summary>
    public static ClusterShape Shape { get; } = new() { Replicas = 2, Overrides = "moe.engine.prefix-cache = off" };

    public static IReadOnlyList<Prompt> Of(int streams) => Prompt.Long(streams, maxTokens: 12);
}

/// <summary>A1 while rows are in memory that the dead node shared.</summary>
internal sealed class KillInPrompts : KillWithReplica
{
    public override string Name => "kill-in-prompts";

    public override string Fault => "SIGKILL of an expert node while prompts of some hundred tokens are read";

    public override int Runs => 20;

    public override ClusterShape Shape => LongPrompts.Shape;

    public override IReadOnlyList<Prompt> Prompts => LongPrompts.Of(Streams);
}

/// <summary>A4 while rows are in shared memory: what the node writes when it wakes is nobody's any more, or still the same answer.</summary>
internal sealed class PauseInPrompts : Pause
{
    public override string Name => "pause-in-prompts";

    public override string Fault => "SIGSTOP of an expert node for 2 s while prompts of some hundred tokens are read";

    public override int Runs => 10;

    public override ClusterShape Shape => LongPrompts.Shape;

    public override IReadOnlyList<Prompt> Prompts => LongPrompts.Of(Streams);
}
