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

    /// <summary>What runs on it, or ran last.</summary>
    public PartitionProcess? Process { get; set; }

    /// <summary>Whether it has power: without, not even a closed port answers.</summary>
    public bool On { get; set; } = true;

    public bool Runs => Process is { Alive: true };

    public static Address AddressOf(int index) => new("akka.tcp", ClusterNode.SystemName, $"10.0.0.{index}", 4053);

    public override string ToString() => Name;
}
