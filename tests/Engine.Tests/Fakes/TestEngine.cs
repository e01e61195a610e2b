using Microsoft.Extensions.Logging.Abstractions;
using MoE.Gating;
using MoE.Model;
using MoE.Model.Chat;

namespace MoE.Engine.Tests;

/// <summary>Engines over a scripted forward pass.</summary>
internal static class TestEngine
{
    public static Engine Create(ScriptedForwardPass forward, EngineSettings? settings = null, Func<EngineReadiness>? ready = null, int choosable = 16) => new(
        new EngineModel("test", Config(forward.VocabSize), new FakeTokenizer(choosable), ChatTemplates.Create(null, ModelFamily.Mixtral, null, null, TimeProvider.System), new GenerationDefaults()),
        forward,
        settings ?? new EngineSettings(0, 8, 8, 32),
        ready ?? (() => EngineReadiness.Always),
        NullLogger<Engine>.Instance);

    public static GenerationRequest Request(int[] prompt, SamplingParams? sampling = null) =>
        new("r", prompt, sampling ?? new SamplingParams { Temperature = 0, MaxTokens = 8 });

    public static async Task<List<GeneratedToken>> CollectAsync(this Engine engine, GenerationRequest request, CancellationToken cancellationToken = default)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (var token in engine.GenerateAsync(request, cancellationToken))
            tokens.Add(token);
        return tokens;
    }

    /// <summary>What greedy decoding of the script gives.</summary>
    public static List<int> Expected(ScriptedForwardPass forward, int[] prompt, int count)
    {
        var ids = prompt.ToList();
        for (var i = 0; i < count; i++)
        {
            ids.Add(forward.Next(ids));
            if (ids[^1] == FakeTokenizer.Eos)
                break;
        }

        return ids[prompt.Length..];
    }

    private static ModelConfig Config(int vocabSize) => new()
    {
        Family = ModelFamily.Mixtral,
        Architecture = "test",
        Name = "test",
        VocabSize = vocabSize,
        HiddenSize = 8,
        NumAttentionHeads = 1,
        NumKeyValueHeads = 1,
        HeadDim = 8,
        MaxPositionEmbeddings = 128,
        RmsNormEps = 1e-5f,
        TieWordEmbeddings = false,
        QkNorm = QkNorm.None,
        Rope = new RopeConfig(10_000, 8, RopeStyle.Half, null),
        Router = new RouterConfig(4, 2, ScoreFunction.Softmax, true),
        MoeIntermediateSize = 8,
        SharedExpertIntermediateSize = 0,
        Layers = [new LayerConfig(true, 0, null, AttentionBias.None)],
    };
}
