namespace MoE.Faults;

/// <summary>What runs on the machines of a <see cref="NetworkCluster"/>: the seeds first, then further fronts, then expert nodes, one process each.</summary>
internal sealed record NetworkShape
{
    /// <summary>Each with a front.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Fronts beside the seeds'.</summary>
    public int Fronts { get; init; }

    /// <summary>Expert nodes.</summary>
    public int Experts { get; init; } = 2;

    /// <summary>Copies of every expert.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>HOCON of every process, over everything but its flags.</summary>
    public string Overrides { get; init; } = "";

    /// <summary>Processes that answer HTTP.</summary>
    public int AllFronts => Seeds + Fronts;

    public int Machines => AllFronts + Experts;

    /// <param name="index">From 0, the oldest.</param>
    /// <returns>Its machine, from 1.</returns>
    public static int Seed(int index) => 1 + index;

    /// <inheritdoc cref="Seed"/>
    public int Front(int index) => 1 + Seeds + index;

    /// <inheritdoc cref="Seed"/>
    public int Expert(int index) => 1 + AllFronts + index;
}
