using Akka.Actor;
using MoE.Host;

namespace MoE.Simulation.Tests;

/// <summary>A machine with an address of its own, on which one process after the other runs in one role.</summary>
/// <param name="Index">Its number on the network.</param>
/// <param name="Role">What its process is.</param>
/// <param name="Seeds">Where its process was told that seeds are.</param>
internal sealed record Machine(int Index, ProcessRole Role, IReadOnlyList<Address> Seeds)
{
    public Address Address { get; } = AddressOf(Index);

    public string Name { get; } = $"{Role.ToString().ToLowerInvariant()}{Index}";

    /// <summary>Whether its process takes requests: every front, and a seed that is one too.</summary>
    public bool Serves { get; init; } = Role == ProcessRole.Front;

    /// <summary>Most bytes of experts, for an expert node.</summary>
    public long Budget { get; init; }

    /// <summary>Compute threads that its process says it has.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether it has the model's files; else its process asks what the model is.</summary>
    public bool HasFiles { get; init; } = true;

    /// <summary>What runs on it, or ran last.</summary>
    public SimulatedProcess Process { get; set; } = null!;

    /// <summary>Whether it has power: without, not even a closed port answers.</summary>
    public bool On { get; set; } = true;

    public bool Runs => Process.Alive;

    public bool IsSeed => Role == ProcessRole.Seed;

    public static Address AddressOf(int index) => new("akka.tcp", ClusterNode.SystemName, $"10.0.0.{index}", 4053);

    public override string ToString() => Name;
}

/// <summary>What a process is there for.</summary>
internal enum ProcessRole
{
    Seed,
    Node,
    Front,
}
