using Xunit.Abstractions;

namespace MoE.Simulation.Tests;

/// <summary>
/// The same protocol under split networks and dying processes, which last: never two sides of one cluster serve, and afterwards there is
/// one. In a class of its own, so that both run at once.
/// </summary>
public sealed class PartitionTests(ITestOutputHelper output)
{
    [Fact]
    public void Partitions_OfAnyShape_EndInOneClusterThatServes() => SeedRuns.Run("Partitions_", Scenario.Splits, output);

    [Fact]
    public void Partition_RunTwice_GivesTheSameTrace() => SeedRuns.RunTwice(Scenario.Splits);
}
