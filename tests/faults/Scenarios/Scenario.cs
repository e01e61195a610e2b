namespace MoE.Faults;

/// <summary>
/// One fault under load, as one small class. The run (<see cref="ScenarioRun"/>) asks the healthy cluster first, starts the
/// streams, injects the fault in their midst and compares what they end with.
/// </summary>
internal abstract class Scenario
{
    /// <summary>How it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What the table says.</summary>
    public abstract string Fault { get; }

    /// <summary>How often the command repeats it, so that a median and a worst case mean something.</summary>
    public virtual int Runs => 10;

    /// <summary>Whether each run needs a cluster of its own, where the next would not meet the fault in the old one.</summary>
    public virtual bool FreshCluster => false;

    public virtual ClusterShape Shape { get; } = new();

    /// <summary>Streams at once.</summary>
    public virtual int Streams => 6;

    /// <summary>Tokens of each.</summary>
    public virtual int Tokens => 160;

    /// <summary>What the streams ask, each over and over.</summary>
    public virtual IReadOnlyList<Prompt> Prompts => Prompt.Several(Streams, Tokens);

    /// <summary>Does the damage while every stream is under way.</summary>
    public abstract Task InjectAsync(FaultCluster cluster);

    /// <summary>After the streams: checks what else must hold, and leaves the cluster as it was.</summary>
    public virtual Task AfterAsync(FaultCluster cluster, Outcome outcome) => Task.CompletedTask;
}
