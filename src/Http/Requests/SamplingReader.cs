using MoE.Engine;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Reads the fields that both completion routes share. What a request leaves out comes from the model's generation config, else from OpenAI.</summary>
internal static class SamplingReader
{
    /// <summary>Everything but the token limits and the logprobs, which the two routes name differently.</summary>
    public static SamplingParams Read(Fields fields, IEngine engine, HttpSettings settings)
    {
        var defaults = engine.Defaults;
        var topK = fields.Int("top_k", -1, int.MaxValue);
        return new SamplingParams
        {
            Temperature = fields.Number("temperature", 0, 2) ?? defaults.Temperature ?? 1,
            TopP = fields.Number("top_p", 0, 1) ?? defaults.TopP ?? 1,
            // vLLM's clients turn it off with -1.
            TopK = Math.Max(0, topK ?? defaults.TopK ?? 0),
            MinP = fields.Number("min_p", 0, 1) ?? defaults.MinP ?? 0,
            Seed = fields.Long("seed"),
            RepetitionPenalty = fields.Number("repetition_penalty", 0.01, 10) ?? defaults.RepetitionPenalty ?? 1,
            FrequencyPenalty = fields.Number("frequency_penalty", -2, 2) ?? 0,
            PresencePenalty = fields.Number("presence_penalty", -2, 2) ?? 0,
            LogitBias = LogitBiasReader.Read(fields, engine.Tokenizer.VocabSize),
            MinTokens = fields.Int("min_tokens", 0, int.MaxValue) ?? 0,
            IgnoreEos = fields.Bool("ignore_eos") ?? false,
            StopTokenIds = StopReader.TokenIds(fields, settings, engine.Tokenizer.VocabSize),
        };
    }

    /// <summary>Choices per prompt.</summary>
    public static int Choices(Fields fields, IEngine engine)
    {
        var n = fields.Int("n", 1, 128) ?? 1;
        if (n > engine.MaxSequences)
            throw ApiException.Invalid("n", $"'n' is {n}; this server runs at most {engine.MaxSequences} sequences.");
        return n;
    }

    /// <summary>Refuses a model that is not the served one; a request that names none means it.</summary>
    public static void CheckModel(Fields fields, IEngine engine)
    {
        if (fields.Text("model") is { } model && model != engine.ModelId)
            throw ApiException.ModelNotFound(model);
    }

    /// <summary>Checks that labels for the operator have their types; they change nothing.</summary>
    public static void CheckLabels(Fields fields)
    {
        foreach (var name in (string[])["user", "safety_identifier", "prompt_cache_key"])
            fields.Text(name);
        fields.Object("metadata");
    }

    public static void CheckMinTokens(SamplingParams sampling, int? maxTokens)
    {
        if (maxTokens is { } max && sampling.MinTokens > max)
            throw ApiException.Invalid("min_tokens", $"'min_tokens' is {sampling.MinTokens}, more than the {max} tokens that are asked for at most.");
    }
}
