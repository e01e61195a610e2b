namespace MoE.Faults;

/// <summary>A2: SIGKILL; the survivors have room for what only the dead node held.</summary>
internal sealed class KillWithoutReplica : KillWithReplica
{
    public override string Name => "kill-without-replica";

    public override string Fault => "SIGKILL of an expert node, no replica, the survivors have room";

    public override int Runs => 20;

    public override ClusterShape Shape { get; } = new();
}
