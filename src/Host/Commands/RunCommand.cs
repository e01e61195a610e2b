using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using MoE.Engine;
using MoE.Http.Generation;
using MoE.Kernels;
using MoE.Model;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe run "prompt"</c>: one process without a cluster; streams the answer, then says how fast it was.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var options = new CommonOptions().Model().Type().KvCacheType().Threads().LogLevel();
        var prompt = new Argument<string>("prompt") { Description = "What to say to the model" };
        var raw = new Option<bool>("--raw") { Description = "Continue the prompt as it is, without the model's chat template" };
        var maxTokens = new Option<int>("--max-tokens", "-n") { Description = "Most tokens to generate", DefaultValueFactory = _ => 256 };
        var temperature = new Option<float?>("--temperature") { Description = "0 is greedy; the default is the model's own" };
        var seed = new Option<long?>("--seed") { Description = "Same seed, same text" };
        var command = new Command(
            "run",
            """
            Generate text in this one process.

            Examples:
              moe run "Write like Shakespeare."
              moe run --model olmoe.gguf --raw --temperature 0 "In the beginning"
            """)
        {
            prompt, raw, maxTokens, temperature, seed,
        };
        options.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandRunner.RunAsync(() => RunAsync(
            options.Build(result, "local"),
            new Request(
                result.GetValue(prompt)!, result.GetValue(raw), result.GetValue(maxTokens), result.GetValue(temperature), result.GetValue(seed)),
            cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(Config config, Request request, CancellationToken cancellationToken)
    {
        if (request.MaxTokens < 1)
            throw new ConfigurationException($"--max-tokens {request.MaxTokens}: must be at least 1");
        if (request.Temperature is < 0 or > 2 or float.NaN)
            throw new ConfigurationException($"--temperature {request.Temperature}: must be in 0..2");
        using var shutdown = new ShutdownSignal(ignoreInterrupt: false, cancellationToken);
        var settings = NodeSettings.Read(config);
        using var source = ModelSource.Open(ModelLocator.Find(settings.Model), settings.Type);
        using var pool = new ComputePool(settings.Threads, "compute");
        using var loggers = StderrLoggerFactory.Create(config.GetString(SettingKeys.LogLevel));
        using var factory = new LocalMoELayerFactory(source, pool);
        var engine = EngineFactory.Create(source, pool, factory, config, settings.ModelId, () => EngineReadiness.Always, loggers);
        await using (engine.ConfigureAwait(false))
            return await StreamAsync(engine, request, shutdown.Token).ConfigureAwait(false);
    }

    private static async Task<int> StreamAsync(Engine.Engine engine, Request request, CancellationToken cancellationToken)
    {
        var prompt = Encode(engine, request);
        var sampling = new SamplingParams
        {
            Temperature = request.Temperature ?? engine.Defaults.Temperature ?? 1f,
            TopK = engine.Defaults.TopK ?? 0,
            TopP = engine.Defaults.TopP ?? 1f,
            MinP = engine.Defaults.MinP ?? 0f,
            RepetitionPenalty = engine.Defaults.RepetitionPenalty ?? 1f,
            Seed = request.Seed,
            MaxTokens = Math.Min(request.MaxTokens, Math.Max(1, engine.MaxModelLength - prompt.Length)),
        };
        var decoder = engine.Tokenizer.CreateStreamDecoder();
        var clock = Stopwatch.StartNew();
        var firstToken = TimeSpan.Zero;
        var tokens = 0;
        try
        {
            await foreach (var token in engine.GenerateAsync(new GenerationRequest("run", prompt, sampling), cancellationToken).ConfigureAwait(false))
            {
                if (tokens++ == 0)
                    firstToken = clock.Elapsed;
                Console.Write(decoder.Add(token.TokenId));
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C ends the text, not the report below it.
        }

        Console.WriteLine(decoder.Finish());
        var decode = (clock.Elapsed - firstToken).TotalSeconds;
        CommandRunner.ErrorConsole().MarkupLineInterpolated(
            $"[dim]prompt {prompt.Length} tokens in {firstToken.TotalSeconds:0.00} s ({prompt.Length / firstToken.TotalSeconds:0.0} tokens/s), output {tokens} tokens ({(tokens - 1) / Math.Max(decode, 1e-9):0.0} tokens/s)[/]");
        return 0;
    }

    private static int[] Encode(Engine.Engine engine, Request request)
    {
        if (request.Raw)
            return engine.Tokenizer.Encode(request.Prompt);
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = request.Prompt });
        return PromptEncoder.Encode(engine.ChatTemplate.RenderSegments(messages, null, addGenerationPrompt: true), engine.Tokenizer);
    }

    private sealed record Request(string Prompt, bool Raw, int MaxTokens, float? Temperature, long? Seed);
}
