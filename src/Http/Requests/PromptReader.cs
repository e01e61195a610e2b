using System.Text.Json;
using MoE.Engine;
using MoE.Http.Errors;
using MoE.Http.Generation;

namespace MoE.Http.Requests;

/// <summary>A prompt's ids, and its text where it came as text.</summary>
internal sealed record TextPrompt(string? Text, int[] Ids);

/// <summary>Reads <c>prompt</c>: a string, strings, ids, or arrays of ids. The text is the client's own, so special tokens in it count.</summary>
internal static class PromptReader
{
    private const string Field = "prompt";

    /// <param name="fields">The request.</param>
    /// <param name="engine">Whose tokenizer and context.</param>
    /// <param name="maxPrompts">Checked before anything is tokenized.</param>
    public static IReadOnlyList<TextPrompt> Read(Fields fields, IEngine engine, int maxPrompts)
    {
        if (fields.Get(Field) is not { } prompt)
            throw ApiException.Invalid(Field, "'prompt' is missing.");
        if (prompt.ValueKind == JsonValueKind.String)
            return [FromText(prompt, Field, engine)];
        if (prompt.ValueKind != JsonValueKind.Array)
            throw Fields.Mistake(Field, "a string, an array of strings, an array of token ids or an array of those", prompt);
        if (prompt.GetArrayLength() == 0)
            throw ApiException.Invalid(Field, "'prompt' is empty.");
        if (prompt[0].ValueKind == JsonValueKind.Number)
            return [FromIds(prompt, Field, engine)];
        if (prompt.GetArrayLength() > maxPrompts)
            throw ApiException.Invalid(Field, $"'prompt' has {prompt.GetArrayLength()} entries; this server runs at most {maxPrompts} sequences.");
        return [.. prompt.EnumerateArray().Select((item, index) => One(item, prompt[0].ValueKind, $"{Field}[{index}]", engine))];
    }

    private static TextPrompt One(JsonElement item, JsonValueKind kind, string path, IEngine engine) => (kind, item.ValueKind) switch
    {
        (JsonValueKind.String, JsonValueKind.String) => FromText(item, path, engine),
        (JsonValueKind.Array, JsonValueKind.Array) => FromIds(item, path, engine),
        (JsonValueKind.Array, _) => throw Fields.Mistake(path, "an array of token ids", item),
        _ => throw Fields.Mistake(path, "a string", item),
    };

    private static TextPrompt FromText(JsonElement item, string path, IEngine engine)
    {
        var text = item.GetString()!;
        var ids = text.Length == 0 ? [] : PromptLength.Encode(text.Length, Field, engine, maxTokens => engine.Tokenizer.Encode(text, maxTokens: maxTokens));
        return new TextPrompt(text, NotEmpty(ids, path));
    }

    private static TextPrompt FromIds(JsonElement item, string path, IEngine engine) =>
        new(null, NotEmpty(TokenIdReader.Read(item, path, engine.Tokenizer.VocabSize), path));

    private static int[] NotEmpty(int[] ids, string path) =>
        ids.Length > 0 ? ids : throw ApiException.Invalid(Field, $"'{path}' is empty.");
}
