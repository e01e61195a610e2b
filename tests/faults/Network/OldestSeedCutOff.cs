namespace MoE.Faults;

/// <summary>
/// A7: the oldest seed, where the coordinator is, and an expert node are on one side, most seeds on the other. That one goes on without
/// a failed request, before, while and after the others come back.
/// </summary>
internal sealed class OldestSeedCutOff : NetworkScenario
{
    public override string Name => "seed-cut-off";

    public override string Fault => "the oldest of three seeds and one of two expert nodes are cut off until the others have given them up";

    protected override async Task<Outcome> OnAsync(NetworkCluster cluster, References references)
    {
        var minority = cluster.Fronts[0];
        var majority = cluster.Fronts.Skip(1).ToList();
        using var load = await Load.StartAsync(majority, Prompts);
        using var lost = await Load.StartAsync([minority], [.. Prompts.Take(2)]);

        int[] machines = [NetworkShape.Seed(0), cluster.Shape.Expert(0)];
        await cluster.Network.SplitAsync(machines);
        await minority.CutOffAsync();
        foreach (var front in majority)
        {
            await front.UntilAsync(state => state.Nodes.Count == cluster.Shape.Experts - 1 && state.Fronts.Count == majority.Count && state.Settled(1));
            await front.HealthyAsync();
        }

        var cut = await lost.EndAsync(references);
        Contract.Holds(cut is { Wrong: 0, Lost: 0 } && cut.Failed == cut.InFlight, $"the streams of the front that is cut off end with an error: {cut}");

        // The seed that is alone forms no cluster: it does not know that the others wait, and they do not.
        await cluster.AloneAsync(machines);
        await HealAsync(cluster, [minority], references);
        return await load.EndAsync(references);
    }
}
