using System.Globalization;

namespace MoE.Faults;

/// <summary>A14: SIGTERM under load.</summary>
public sealed class StopSpecs
{
    [Fact]
    public async Task Should_EndRunningRequestsAndLeaveNothingBehind_When_UpIsToldToStop()
    {
        await using var up = MoEProcess.Start("up", "--http", "http://127.0.0.1:0", "--threads", "2");
        using var front = new FrontClient((await up.LineAsync(@"chat\s+(?<url>http://\S+)")).Groups["url"].Value);
        var prompts = Prompt.Several(4, 200);
        var references = new References();
        await references.AskAsync(front, prompts);
        var children = ChildrenOf(up.Id);
        Assert.Equal(2, children.Count);

        var watch = new StreamWatch();
        var streams = prompts.Select(prompt => front.StreamAsync(prompt, watch)).ToList();
        await watch.ReachedAsync(8, streams.Count);
        Assert.Equal(0, await up.SignalAsync("TERM"));
        Assert.All(await Task.WhenAll(streams), answer => Assert.True(references.Agree(answer), answer.Error));
        Assert.All(children, child => Assert.False(Directory.Exists($"/proc/{child}")));
    }

    [Fact]
    public async Task Should_EndInTime_When_NobodyCanTakeTheExperts()
    {
        await using var cluster = await FaultCluster.StartAsync(new ClusterShape { Experts = 1, Overrides = "moe.shutdown-timeout = 1s" });
        var last = cluster.Experts[0].Process;
        Assert.Equal(0, await last.SignalAsync("TERM"));
        Assert.Contains("no other node could take the experts in time", last.Errors, StringComparison.Ordinal);
        await cluster.Front.UnhealthyAsync();
    }

    private static List<int> ChildrenOf(int parent) =>
        [.. File.ReadAllText($"/proc/{parent}/task/{parent}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
}
