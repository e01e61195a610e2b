using System.Diagnostics;

namespace MoE.Faults;

/// <summary>One fault of the network under load, in a cluster of three seeds, each with a front, and two expert nodes that both hold every expert.</summary>
internal abstract class NetworkScenario
{
    /// <summary>Tokens of each stream.</summary>
    private const int Tokens = 160;

    /// <summary>How it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What the table says.</summary>
    public abstract string Fault { get; }

    /// <summary>How often the command repeats it; each run has a cluster of its own.</summary>
    public static int Runs => 5;

    /// <summary>From the end of the fault to the moment that everybody who was cut off has answered rightly.</summary>
    public TimeSpan ToServing { get; private set; }

    /// <summary>What every process printed.</summary>
    public string Logs { get; private set; } = "";

    /// <summary>Streams at once.</summary>
    protected static IReadOnlyList<Prompt> Prompts { get; } = Prompt.Several(6, Tokens);

    /// <param name="references">May know the prompts already.</param>
    /// <param name="overrides">HOCON of every process.</param>
    public async Task<Outcome> OnceAsync(References references, string overrides = "")
    {
        await using var cluster = await NetworkCluster.StartAsync(new NetworkShape { Seeds = 3, Replicas = 2, Overrides = overrides });
        try
        {
            await references.AskAsync(cluster.Fronts[0], Prompts);
            var outcome = await OnAsync(cluster, references);
            foreach (var front in cluster.Fronts)
                await front.AnswersAsync(Prompts[0], references);
            Logs = cluster.Logs();
            return outcome;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{Name}: {e.Message}\n{cluster.Logs()}", e);
        }
    }

    /// <summary>Injects the fault, checks what must hold, heals, and returns when the cluster is whole again.</summary>
    protected abstract Task<Outcome> OnAsync(NetworkCluster cluster, References references);

    /// <summary>Ends the fault, and waits until fronts that were cut off answer, and everybody is in one cluster.</summary>
    protected async Task HealAsync(NetworkCluster cluster, IReadOnlyList<FrontClient> cutOff, References references)
    {
        await cluster.Network.HealAsync();
        var healed = Stopwatch.GetTimestamp();
        await Task.WhenAll(cutOff.Select(front => front.AnswersAsync(Prompts[0], references)));
        ToServing = Stopwatch.GetElapsedTime(healed);
        await cluster.WholeAsync();
    }
}
