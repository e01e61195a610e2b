using System.Text;
using System.Text.Json;
using MoE.Tokenization;

namespace MoE.Model;

/// <summary>The files of a directory that concern text: tokenizer, chat template, sampling defaults.</summary>
internal static class HuggingFaceText
{
    private const long MaxTokenizerBytes = 512L << 20;
    private const long MaxTemplateBytes = 4L << 20;
    private const string TokenizerConfig = "tokenizer_config.json";

    /// <exception cref="ModelFormatException">tokenizer.json is missing or not supported.</exception>
    public static Tokenizer CreateTokenizer(string directory)
    {
        var path = Path.Combine(directory, "tokenizer.json");
        if (!File.Exists(path))
            throw new ModelFormatException($"{path}: the file is missing; a directory needs it (tokenizer.model alone is not supported)");
        var config = Path.Combine(directory, TokenizerConfig);
        try
        {
            return TokenizerFactory.FromHuggingFace(
                JsonFile.Bytes(path, MaxTokenizerBytes),
                File.Exists(config) ? JsonFile.Bytes(config, MaxTokenizerBytes) : null,
                path);
        }
        catch (TokenizerFormatException e)
        {
            throw new ModelFormatException(e.Message, e);
        }
    }

    /// <summary>chat_template.jinja, or the tokenizer's configuration's template: one, or the one named default of several.</summary>
    public static string? ChatTemplate(string directory)
    {
        var file = Path.Combine(directory, "chat_template.jinja");
        if (File.Exists(file))
            return Encoding.UTF8.GetString(JsonFile.Bytes(file, MaxTemplateBytes));
        using var json = JsonFile.ReadIfPresent(Path.Combine(directory, TokenizerConfig));
        if (json is null || JsonFields.Root(Path.Combine(directory, TokenizerConfig), json).Find("chat_template") is not { } template)
            return null;
        if (template.ValueKind == JsonValueKind.Array)
        {
            return template.EnumerateArray()
                .Where(entry => entry.ValueKind == JsonValueKind.Object
                    && entry.TryGetProperty("name", out var name) && name.ToString() == "default"
                    && entry.TryGetProperty("template", out _))
                .Select(entry => entry.GetProperty("template").ToString())
                .FirstOrDefault();
        }

        return template.ValueKind == JsonValueKind.String ? template.GetString() : null;
    }

    /// <summary>generation_config.json, with config.json's end tokens where it has none.</summary>
    public static GenerationDefaults Generation(string directory, JsonFields config, int vocabSize)
    {
        var path = Path.Combine(directory, "generation_config.json");
        using var json = JsonFile.ReadIfPresent(path);
        var own = config.Ints("eos_token_id", 0, vocabSize - 1) ?? [];
        if (json is null)
            return new GenerationDefaults { EosTokenIds = own };
        var fields = JsonFields.Root(path, json);
        return new GenerationDefaults
        {
            EosTokenIds = fields.Ints("eos_token_id", 0, vocabSize - 1) ?? own,
            Temperature = fields.Float("temperature", 0, float.MaxValue),
            TopP = fields.Float("top_p", 0, 1),

            // vLLM's -1 keeps all, as transformers' 0 does.
            TopK = fields.Int("top_k", -1, int.MaxValue) is { } topK ? Math.Max(0, topK) : null,
            MinP = fields.Float("min_p", 0, 1),
            RepetitionPenalty = fields.Float("repetition_penalty", 0.01f, 10),
        };
    }
}
