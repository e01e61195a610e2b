using System.ClientModel;
using System.Net;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;

namespace MoE.Cluster.Specs;

/// <summary>What people run: real processes of the built <c>moe</c>, asked by the official OpenAI client.</summary>
public sealed class ProcessSpecs
{
    private const string Question = "Write like Shakespeare.";

    [Fact]
    public async Task Should_ServeTheSameText_When_ExpertsJoinAndLeave()
    {
        const string model = "quarto-8m";
        await using var seed = MoEProcess.Start("seed", "--port", "0", "--http", "http://127.0.0.1:0", "--model", model, "--min-nodes", "2", "--threads", "1");
        var listening = await seed.LineAsync(@"on (?<url>http://[0-9.:]+), cluster at (?<address>[0-9.:]+)");
        var (url, address) = (listening.Groups["url"].Value, listening.Groups["address"].Value);
        await using var first = MoEProcess.Start("expert", "--seed", address, "--model", model, "--threads", "1");
        await using var second = MoEProcess.Start("expert", "--seed", address, "--model", model, "--threads", "1");
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await HealthyAsync(http);

        var client = new ChatClient("quarto-8m", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri($"{url}/v1") });
        var spread = await AskAsync(client);
        Assert.NotEmpty(spread.Text);
        Assert.Equal(spread, await StreamAsync(client));

        Assert.Equal(0, await second.SignalAsync("TERM"));
        Assert.Equal(spread, await AskAsync(client));
        var cluster = JsonNode.Parse(await http.GetStringAsync(new Uri("/cluster", UriKind.Relative)))!;
        Assert.Single(cluster["nodes"]!.AsArray());

        Assert.Equal(0, await seed.SignalAsync("TERM"));
    }

    [Fact]
    public async Task Should_StartAnswerAndEndThreeProcesses_When_UpRuns()
    {
        await using var up = MoEProcess.Start("up", "--http", "http://127.0.0.1:0", "--threads", "2");
        var url = (await up.LineAsync(@"chat\s+(?<url>http://\S+)")).Groups["url"].Value;
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        var cluster = JsonNode.Parse(await http.GetStringAsync(new Uri("/cluster", UriKind.Relative)))!;
        Assert.Equal(2, cluster["nodes"]!.AsArray().Count);
        Assert.Contains("<html", await http.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.OrdinalIgnoreCase);

        var client = new ChatClient("quarto-8m", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri($"{url}/v1") });
        Assert.NotEmpty((await AskAsync(client)).Text);

        var children = Children(up.Id);
        Assert.Equal(2, children.Count);
        Assert.Equal(0, await up.SignalAsync("INT"));
        Assert.All(children, child => Assert.False(Directory.Exists($"/proc/{child}")));

        // Nodes that stop because they are told to are no loss.
        Assert.DoesNotContain("PlacementCoordinator", up.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_StartAnotherExpertProcess_When_OneIsKilled()
    {
        await using var up = MoEProcess.Start("up", "--http", "http://127.0.0.1:0", "--threads", "1");
        var url = (await up.LineAsync(@"chat\s+(?<url>http://\S+)")).Groups["url"].Value;
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        var client = new ChatClient("quarto-8m", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri($"{url}/v1") });
        var before = await AskAsync(client);
        var first = Children(up.Id);
        var known = await ServingAsync();
        await MoEProcess.SendAsync(first[0], "KILL");
        await up.LineAsync("an expert process ended with code 137: another one starts in 1 s .restart 1 of 5");

        // The dead one may be named a moment longer than its end is told.
        await LocalCluster.UntilAsync(async () => await ServingAsync() is { Count: 2 } serving && serving.Except(known).Count() == 1);
        Assert.Equal(before, await AskAsync(client));

        var children = Children(up.Id);
        Assert.Equal(2, children.Count);
        Assert.Single(children.Intersect(first));
        Assert.Equal(0, await up.SignalAsync("TERM"));
        Assert.All(children, child => Assert.False(Directory.Exists($"/proc/{child}")));

        async Task<List<string>> ServingAsync() =>
        [
            .. JsonNode.Parse(await http.GetStringAsync(new Uri("/cluster", UriKind.Relative)))!["nodes"]!.AsArray()
                .Where(node => (string?)node!["state"] == "ready" && (int)node["experts_held"]! > 0).Select(node => (string)node!["id"]!),
        ];
    }

    [Fact]
    public async Task Should_SayThatItGivesUp_When_AnExpertProcessDiesTooOften()
    {
        var folder = Directory.CreateTempSubdirectory("moe-up-").FullName;
        try
        {
            var config = Path.Combine(folder, "up.conf");
            await File.WriteAllTextAsync(config, "moe.up { max-restarts = 1, restart-pause-min = 10ms }");
            await using var up = MoEProcess.Start("up", "--nodes", "1", "--http", "http://127.0.0.1:0", "--threads", "1", "--config", config);
            await up.LineAsync("^ready");
            await MoEProcess.SendAsync(Assert.Single(Children(up.Id)), "KILL");
            await up.LineAsync("another one starts in 0 s .restart 1 of 1");
            await LocalCluster.UntilAsync(() => Task.FromResult(Children(up.Id).Count == 1));
            await MoEProcess.SendAsync(Assert.Single(Children(up.Id)), "KILL");
            await up.LineAsync("not started again: 1 restart.s. did not help .moe.up.max-restarts");
            await up.LineAsync("nothing is left to serve with");
            Assert.Equal(0, await up.SignalAsync("INT"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Should_ServeTheSameText_When_TheExpertHasNoFileAndStartsAgainFromItsCache()
    {
        var cache = Directory.CreateTempSubdirectory("moe-cache-").FullName;
        try
        {
            await using var seed = MoEProcess.Start("seed", "--port", "0", "--http", "http://127.0.0.1:0", "--model", "quarto-8m", "--threads", "1");
            var listening = await seed.LineAsync(@"on (?<url>http://[0-9.:]+), cluster at (?<address>[0-9.:]+)");
            var (url, address) = (listening.Groups["url"].Value, listening.Groups["address"].Value);
            string[] expert = ["expert", "--seed", address, "--model-from-peers", "--cache", cache, "--threads", "1"];
            using var http = new HttpClient { BaseAddress = new Uri(url) };
            var client = new ChatClient("quarto-8m", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri($"{url}/v1") });
            Answer fetched;
            await using (var first = MoEProcess.Start(expert))
            {
                await first.LineAsync("of experts are here");
                await HealthyAsync(http);
                fetched = await AskAsync(client);
            }

            var files = Directory.GetFiles(cache, "*.bin", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
            Assert.NotEmpty(files);
            await using var second = MoEProcess.Start(expert);
            await second.LineAsync("^holding");
            await HealthyAsync(http);
            Assert.Equal(fetched, await AskAsync(client));
            Assert.All(files, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    [Fact]
    public async Task Should_EndWithTheReason_When_AnExpertsModelDiffers()
    {
        await using var seed = MoEProcess.Start("seed", "--port", "0", "--http", "http://127.0.0.1:0", "--model", Fixture.Bundled);
        var address = (await seed.LineAsync(@"cluster at (?<address>[0-9.:]+)")).Groups["address"].Value;
        await using var other = MoEProcess.Start("expert", "--seed", address, "--model", Fixture.Model("olmoe/olmoe-q8_0.gguf"));
        await other.LineAsync("refused by the cluster: .*hash");
        Assert.Equal(1, await other.ExitedAsync());
        await seed.LineAsync("(?i)refused.*hash");
    }

    [Theory]
    [InlineData("run --model /nowhere.gguf hello", "/nowhere.gguf")]
    [InlineData("up --nodes -1", "--nodes -1")]
    [InlineData("expert --model quarto-8m", "--seed")]
    [InlineData("expert --seed 127.0.0.1:9 --model-from-peers --model quarto-8m", "--model quarto-8m")]
    [InlineData("expert --seed 127.0.0.1:9 --model-from-peers --cache /dev/null/cache", "/dev/null/cache")]
    [InlineData("run --model quarto-8m --type q3_z hello", "q3_z")]
    public async Task Should_EndWithOneLine_When_TheCommandLineIsWrong(string arguments, string named)
    {
        await using var process = MoEProcess.Start(arguments.Split(' '));
        Assert.Equal(2, await process.ExitedAsync());
        await process.LineAsync("^moe: .*" + System.Text.RegularExpressions.Regex.Escape(named));
    }

    private static async Task<Answer> AskAsync(ChatClient client)
    {
        ChatCompletion completion = await client.CompleteChatAsync([ChatMessage.CreateUserMessage(Question)], Greedy());
        return new Answer(completion.Content[0].Text, completion.FinishReason);
    }

    private static async Task<Answer> StreamAsync(ChatClient client)
    {
        var (text, reason) = ("", default(ChatFinishReason));
        await foreach (var update in client.CompleteChatStreamingAsync([ChatMessage.CreateUserMessage(Question)], Greedy()))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            reason = update.FinishReason ?? reason;
        }

        return new Answer(text, reason);
    }

    private static ChatCompletionOptions Greedy() => new() { Temperature = 0, MaxOutputTokenCount = 40 };

    private static async Task HealthyAsync(HttpClient http)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            using var health = await http.GetAsync(new Uri("/health", UriKind.Relative), patience.Token);
            if (health.StatusCode == HttpStatusCode.OK)
                return;
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static List<int> Children(int parent) =>
        [.. Directory.GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _) && ParentOf(name!) == parent)
            .Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture))];

    private static int ParentOf(string process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // The process ended while the list was read.
            return -1;
        }
    }

    private sealed record Answer(string Text, ChatFinishReason FinishReason);
}
