namespace MoE.Faults;

/// <summary>Clients, each streaming one answer after the other, until it is enough or one fails.</summary>
internal sealed class Load : IDisposable
{
    /// <summary>Tokens that every stream has when the fault may come.</summary>
    private const int UnderWay = 8;

    private readonly CancellationTokenSource _enough = new();
    private readonly StreamWatch _watch = new();
    private readonly IReadOnlyList<Task<List<StreamedAnswer>>> _clients;

    private Load(IReadOnlyList<FrontClient> fronts, IReadOnlyList<Prompt> prompts) =>
        _clients = [.. prompts.Select((prompt, i) => ClientAsync(fronts[i % fronts.Count], prompt))];

    /// <summary>Starts a client for each prompt, the fronts in turn, and returns when every stream is under way.</summary>
    public static async Task<Load> StartAsync(IReadOnlyList<FrontClient> fronts, IReadOnlyList<Prompt> prompts)
    {
        var load = new Load(fronts, prompts);
        await load._watch.ReachedAsync(UnderWay, prompts.Count);
        load._watch.Reset();
        return load;
    }

    /// <summary>Waits for the streams' ends.</summary>
    /// <param name="references">Knows the prompts.</param>
    public async Task<Outcome> EndAsync(References references)
    {
        await _enough.CancelAsync();
        var answers = (await Task.WhenAll(_clients).WaitAsync(FaultCluster.Patience)).SelectMany(client => client).ToList();
        return Outcome.Of(_clients.Count, answers, references, _watch.LongestStall);
    }

    public void Dispose()
    {
        _enough.Cancel();
        _enough.Dispose();
    }

    /// <summary>Asks again until it is enough: whatever the fault takes, streams are under way all along.</summary>
    private async Task<List<StreamedAnswer>> ClientAsync(FrontClient front, Prompt prompt)
    {
        var answers = new List<StreamedAnswer>();
        do
        {
            answers.Add(await front.StreamAsync(prompt, _watch, CancellationToken.None));
        }
        while (!_enough.IsCancellationRequested && !answers[^1].Failed);
        return answers;
    }
}
