using MoE.Model;
using MoE.Tokenization;

namespace MoE.Engine;

/// <summary>What an engine serves, but for the arithmetic.</summary>
/// <param name="ModelId">The id that clients name.</param>
/// <param name="Config">Shape and flags.</param>
/// <param name="Tokenizer">Text to ids and back.</param>
/// <param name="ChatTemplate">Messages to a prompt.</param>
/// <param name="Defaults">Sampling defaults and end tokens.</param>
public sealed record EngineModel(
    string ModelId, ModelConfig Config, Tokenizer Tokenizer, ChatTemplate ChatTemplate, GenerationDefaults Defaults)
{
    /// <summary>Ids that end a sequence: the files' own, or the tokenizer's where they name none.</summary>
    internal IReadOnlySet<int> EndTokens { get; } = Defaults.EosTokenIds.Count > 0
        ? Defaults.EosTokenIds.ToHashSet()
        : Tokenizer.EosTokenId is { } id ? new HashSet<int> { id } : new HashSet<int>();

    /// <summary>Ids that may be chosen: an embedding may be padded beyond the ids that stand for text.</summary>
    internal int ChoosableTokens { get; } = Math.Min(Config.VocabSize, Tokenizer.VocabSize);
}
