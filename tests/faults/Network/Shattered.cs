namespace MoE.Faults;

/// <summary>A7: nobody hears anybody. Nobody serves; once the network is back, the seeds, which were all cut off, form the cluster again by themselves.</summary>
internal sealed class Shattered : NetworkScenario
{
    public override string Name => "shattered";

    public override string Fault => "three seeds and two expert nodes lose each other altogether until all are cut off";

    protected override async Task<Outcome> OnAsync(NetworkCluster cluster, References references)
    {
        using var load = await Load.StartAsync(cluster.Fronts, Prompts);
        await cluster.Network.ShatterAsync();
        foreach (var front in cluster.Fronts)
            await front.CutOffAsync();

        // Nothing is left of the cluster but what its seeds remember.
        await cluster.AloneAsync(Enumerable.Range(1, cluster.Shape.Machines));
        var outcome = await load.EndAsync(references);
        Contract.Holds(outcome.Failed == outcome.InFlight, $"every stream ends with an error: {outcome}");
        await HealAsync(cluster, cluster.Fronts, references);
        return outcome;
    }
}
