using MoE.Engine;
using MoE.Http.Errors;

namespace MoE.Http.Generation;

/// <summary>Makes the engine's requests of a checked prompt.</summary>
internal static class ChoicePlan
{
    /// <summary>Bounds the output by the room that the prompt leaves in the context.</summary>
    /// <param name="prompt">The prompt's ids.</param>
    /// <param name="field">The field that the prompt came from, for errors.</param>
    /// <param name="sampling">How to choose; its token limit is replaced.</param>
    /// <param name="maxTokens">What the client asked for, or null for all that fits.</param>
    /// <param name="engine">The engine.</param>
    /// <exception cref="ApiException">The prompt is empty or leaves no room.</exception>
    public static SamplingParams Fit(int[] prompt, string field, SamplingParams sampling, int? maxTokens, IEngine engine)
    {
        if (prompt.Length == 0)
            throw ApiException.Invalid(field, $"'{field}' makes an empty prompt.");
        var room = engine.MaxModelLength - prompt.Length;
        if (room < 1)
            throw ApiException.ContextExceeded(field, prompt.Length, engine.MaxModelLength);
        var limit = Math.Max(1, Math.Min(maxTokens ?? room, room));
        return sampling with { MaxTokens = limit, MinTokens = Math.Min(sampling.MinTokens, limit) };
    }

    /// <summary>Choices <paramref name="first"/> and following of one prompt; with a seed, each draws with the next one.</summary>
    public static IEnumerable<ChoiceRequest> Choices(string id, int first, int count, int[] prompt, SamplingParams sampling, IReadOnlyList<string> stop, bool promptOnly = false) =>
        Enumerable.Range(0, count).Select(i => new ChoiceRequest(
            new GenerationRequest($"{id}-{first + i}", prompt, sampling with { Seed = unchecked(sampling.Seed + i) }),
            stop,
            promptOnly));
}
