namespace MoE.Simulation.Tests;

/// <summary>What the network does to single frames of one simulation: every seed takes some kinds of it.</summary>
internal static class LaneFaults
{
    public static void Begin(World world, FaultMix mix)
    {
        FrameFate[] fates = [.. Enum.GetValues<FrameFate>().Where(fate => fate != FrameFate.Arrives && world.Loop.OneIn(3))];
        var oneIn = world.Loop.Random.Next(10, 200);
        world.Lanes.Fate = _ => !mix.Over && fates.Length > 0 && world.Loop.OneIn(oneIn) ? fates[world.Loop.Random.Next(fates.Length)] : FrameFate.Arrives;
    }
}
