namespace MoE.Faults;

/// <summary>Runs scenarios against a cluster.</summary>
internal static class ScenarioRun
{
    /// <summary>Tokens that every stream has when the fault comes.</summary>
    private const int UnderWay = 8;

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
            var prompts = Prompt.Several(scenario.Streams, scenario.Tokens);
            await references.AskAsync(cluster.Front, prompts);
            var watch = new StreamWatch();
            using var enough = new CancellationTokenSource();
            var clients = prompts.Select(prompt => ClientAsync(cluster.Front, prompt, watch, enough.Token)).ToList();
            await watch.ReachedAsync(UnderWay, clients.Count);
            watch.Reset();
            await scenario.InjectAsync(cluster);
            await enough.CancelAsync();
            var answers = (await Task.WhenAll(clients).WaitAsync(FaultCluster.Patience)).SelectMany(client => client).ToList();
            var outcome = Outcome.Of(clients.Count, answers, references, watch.LongestStall);
            await scenario.AfterAsync(cluster, outcome);
            return outcome;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{scenario.Name}: {e.Message}\n{cluster.Logs()}", e);
        }
    }

    /// <summary>Asks again until the damage is done: whatever the fault takes, streams are under way all along.</summary>
    private static async Task<List<StreamedAnswer>> ClientAsync(FrontClient front, Prompt prompt, StreamWatch watch, CancellationToken enough)
    {
        var answers = new List<StreamedAnswer>();
        do
        {
            answers.Add(await front.StreamAsync(prompt, watch, CancellationToken.None));
        }
        while (!enough.IsCancellationRequested && !answers[^1].Failed);
        return answers;
    }
}
