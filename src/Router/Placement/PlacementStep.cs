using MoE.Protocol;

namespace MoE.Router;

/// <summary>What planning came to.</summary>
internal abstract record PlacementStep
{
    private PlacementStep()
    {
    }

    /// <summary>Members still say what they hold and route by.</summary>
    public sealed record Listen : PlacementStep
    {
        public static Listen Instance { get; } = new();
    }

    /// <summary>The first placement waits for more nodes.</summary>
    /// <param name="Nodes">Those there are.</param>
    public sealed record Wait(int Nodes) : PlacementStep;

    /// <summary>The nodes there are cannot hold the experts.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Fail(string Reason) : PlacementStep;

    /// <summary>What is in force, or on its way, is what it should be.</summary>
    public sealed record Keep : PlacementStep
    {
        public static Keep Instance { get; } = new();
    }

    /// <summary>Another placement is to come into force.</summary>
    /// <param name="Planned">That one.</param>
    public sealed record Roll(ExpertPlacement Planned) : PlacementStep;
}
