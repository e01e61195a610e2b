using System.Text.Json.Serialization;

namespace MoE.Http.Errors;

/// <summary>OpenAI's error object.</summary>
/// <param name="Message">One line for people.</param>
/// <param name="Type">The class of error that SDKs switch on.</param>
/// <param name="Param">The field at fault, or null.</param>
/// <param name="Code">A stable name of the very error, or null.</param>
internal sealed record ApiError(string Message, string Type, string? Param, string? Code)
{
    /// <summary>llama-server's field for a prompt that is too long.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NPromptTokens { get; init; }

    /// <inheritdoc cref="NPromptTokens"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NCtx { get; init; }
}

/// <summary>The body of every error.</summary>
internal sealed record ErrorBody(ApiError Error);
