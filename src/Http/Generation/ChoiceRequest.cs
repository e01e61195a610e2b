using MoE.Engine;

namespace MoE.Http.Generation;

/// <summary>One choice to generate.</summary>
/// <param name="Generation">What the engine is asked.</param>
/// <param name="Stop">Strings that end the text.</param>
/// <param name="PromptOnly">Whether only the prompt's log probabilities are wanted: the one token that the engine must write is dropped.</param>
internal sealed record ChoiceRequest(GenerationRequest Generation, IReadOnlyList<string> Stop, bool PromptOnly = false);
