using System.Text.Json;
using System.Text.Json.Nodes;
using MoE.Model;

namespace MoE.Host;

/// <summary>A directory's <c>reference.json</c>: what other implementations computed from the model beside it.</summary>
internal sealed record Reference
{
    public const string FileName = "reference.json";

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required string Name { get; init; }

    /// <summary>Indices of the layers whose routing is recorded.</summary>
    public IReadOnlyList<int> MoeLayers { get; init; } = [];

    public required ReferenceTolerance Tolerance { get; init; }

    public required IReadOnlyList<ReferencePrompt> Prompts { get; init; }

    public IReadOnlyList<ReferenceText> Tokenizer { get; init; } = [];

    public IReadOnlyList<ReferenceChat> Chat { get; init; } = [];

    public IReadOnlyList<ReferenceGguf> Gguf { get; init; } = [];

    /// <summary>Text that a trained model was not trained on; random models have none.</summary>
    public ReferenceHeldOut? HeldOut { get; init; }

    /// <exception cref="ModelFormatException">The file is missing or is not what it should be.</exception>
    public static Reference Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            throw new ModelFormatException($"{path}: not found; verification needs reference outputs beside the model");
        try
        {
            return JsonSerializer.Deserialize<Reference>(File.ReadAllBytes(path), s_json)
                ?? throw new ModelFormatException($"{path}: null is no reference");
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException($"{path}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }
}

/// <summary>Absolute bounds of fp32 arithmetic.</summary>
internal sealed record ReferenceTolerance(float LogitsAbs, float TopkWeightsAbs);

/// <summary>A prompt and its greedy continuation. Logits are recorded from position <paramref name="LogitsFrom"/> on.</summary>
internal sealed record ReferencePrompt(string Text, int[] Ids, int LogitsFrom, int[] GreedyIds, string GreedyText);

/// <summary>A text and its ids, both ways.</summary>
internal sealed record ReferenceText(string Text, int[] Ids, int[] IdsWithoutSpecial, string Decoded, string DecodedWithoutSpecial);

/// <summary>Messages and the prompt that the template makes of them.</summary>
internal sealed record ReferenceChat(JsonArray Messages, JsonArray? Tools, bool AddGenerationPrompt, string Text);

/// <summary>A GGUF file of the directory; <paramref name="Reference"/> names the exact outputs of its weights.</summary>
internal sealed record ReferenceGguf(string File, string Type, string Reference, ReferenceLlamaCpp Llamacpp);

/// <summary>How far llama.cpp is from exact on the same file.</summary>
internal sealed record ReferenceLlamaCpp(double Nmse, double MeanKl, IReadOnlyList<string>? TokenizerCasesThatDiffer);

/// <summary>Held-out text in windows of <paramref name="Window"/> ids; the first id of a window is not scored.</summary>
internal sealed record ReferenceHeldOut(string File, int Window, IReadOnlyDictionary<string, ReferenceHeldOutSource> BySource);

/// <summary>One source's part of the text, <c>[Characters[0], Characters[1])</c>, and its mean negative log-likelihood.</summary>
internal sealed record ReferenceHeldOutSource(int Tokens, double MeanNll, int[] Characters);
