using System.Text.Json.Nodes;

namespace MoE.Faults;

/// <summary>A greedy request. Log-probabilities are asked for, so that equal answers are equal numbers, not only equal words.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="MaxTokens">Tokens that it generates; the end token does not end it.</param>
internal sealed record Prompt(string Text, int MaxTokens)
{
    private static readonly string[] s_texts =
    [
        "In the beginning God created the heaven and the earth.",
        "Call me Ishmael. Some years ago",
        "The state of the Union",
        "To be, or not to be, that is the question",
        "Now is the winter of our discontent",
        "And it came to pass",
        "The whale, the whale!",
        "Fellow-citizens of the Senate and House of Representatives",
    ];

    /// <summary>So many prompts, all different.</summary>
    public static IReadOnlyList<Prompt> Several(int count, int maxTokens) =>
        [.. Enumerable.Range(0, count).Select(i => new Prompt($"{s_texts[i % s_texts.Length]}{(i < s_texts.Length ? "" : $" {i / s_texts.Length}")}", maxTokens))];

    /// <summary>So many prompts of some hundred tokens, all different: their rows pass between processes of one machine through shared memory.</summary>
    public static IReadOnlyList<Prompt> Long(int count, int maxTokens) =>
        [.. Several(count, maxTokens).Select(prompt => prompt with { Text = string.Join(' ', Enumerable.Repeat(prompt.Text, 24)) })];

    public JsonObject Body(bool stream) => new()
    {
        ["prompt"] = Text,
        ["max_tokens"] = MaxTokens,
        ["temperature"] = 0,
        ["ignore_eos"] = true,
        ["logprobs"] = 1,
        ["stream"] = stream,
    };
}
