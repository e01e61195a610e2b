namespace MoE.Faults;

/// <summary>Runs scenarios against a cluster.</summary>
internal static class ScenarioRun
{
    /// <summary>A cluster of its own, one fault.</summary>
    public static async Task<Outcome> OnceAsync(Scenario scenario)
    {
        await using var cluster = await FaultCluster.StartAsync(scenario.Shape);
        return await OnAsync(cluster, scenario, new References());
    }

    /// <summary>One fault in a cluster that runs.</summary>
    public static async Task<Outcome> OnAsync(FaultCluster cluster, Scenario scenario, References references)
    {
        try
        {
            var prompts = scenario.Prompts;
            await references.AskAsync(cluster.Front, prompts);
            using var load = await Load.StartAsync([cluster.Front], prompts);
            await scenario.InjectAsync(cluster);
            var outcome = await load.EndAsync(references);
            await scenario.AfterAsync(cluster, outcome);
            return outcome;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{scenario.Name}: {e.Message}\n{cluster.Logs()}", e);
        }
    }
}
