using Microsoft.AspNetCore.Http;

namespace MoE.Http.Errors;

/// <summary>A request that ends with an error; the message is for the client.</summary>
internal sealed class ApiException(int status, ApiError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public const string InvalidRequest = "invalid_request_error";

    public int Status { get; } = status;

    public ApiError Error { get; } = error;

    /// <summary>Whether the client may try again later.</summary>
    public bool Retryable => Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;

    /// <summary>A field with a wrong value.</summary>
    public static ApiException Invalid(string? param, string message) =>
        new(StatusCodes.Status400BadRequest, new ApiError(message, InvalidRequest, param, null));

    /// <summary>A field that the API knows and this server does not honour: refused, so that nobody believes it was.</summary>
    public static ApiException NotImplemented(string param, string? supported = null) =>
        Unsupported(param, supported is null ? $"'{param}' is not supported by this server." : $"'{param}' is not supported by this server except {supported}.");

    /// <inheritdoc cref="NotImplemented"/>
    public static ApiException Unsupported(string param, string message) =>
        new(StatusCodes.Status400BadRequest, new ApiError(message, InvalidRequest, param, "unsupported_parameter"));

    public static ApiException ModelNotFound(string model) =>
        new(
            StatusCodes.Status404NotFound,
            new ApiError($"The model '{Clip.Text(model)}' does not exist.", "not_found_error", "model", "model_not_found"));

    public static ApiException ContextExceeded(string? param, int? promptTokens, int maxModelLength) =>
        new(
            StatusCodes.Status400BadRequest,
            new ApiError(
                promptTokens is { } count
                    ? $"The prompt has {count} tokens; the context holds {maxModelLength}, with at least one for the answer."
                    : $"The prompt does not fit the context of {maxModelLength} tokens.",
                "exceed_context_size_error",
                param,
                "context_length_exceeded")
            {
                NPromptTokens = promptTokens,
                NCtx = maxModelLength,
            });

    public static ApiException Unavailable(string message, string code) =>
        new(StatusCodes.Status503ServiceUnavailable, new ApiError(message, "unavailable_error", null, code));

    public static ApiException TooManyRequests(string message, string code) =>
        new(StatusCodes.Status429TooManyRequests, new ApiError(message, "rate_limit_error", null, code));

    /// <summary>What routing or Kestrel decided, as an error object.</summary>
    public static ApiException FromStatus(int status, string path) => status switch
    {
        StatusCodes.Status404NotFound =>
            new(status, new ApiError($"There is no route '{Clip.Text(path)}'.", "not_found_error", null, "route_not_found")),
        StatusCodes.Status405MethodNotAllowed =>
            new(status, new ApiError("The route does not answer this method; see the Allow header.", InvalidRequest, null, "method_not_allowed")),
        StatusCodes.Status413PayloadTooLarge =>
            new(status, new ApiError("The body is larger than this server accepts.", InvalidRequest, null, "body_too_large")),
        StatusCodes.Status415UnsupportedMediaType =>
            new(status, new ApiError("The body must be sent as 'Content-Type: application/json', unencoded.", InvalidRequest, null, "unsupported_media_type")),
        StatusCodes.Status408RequestTimeout =>
            new(status, new ApiError("The body arrived too slowly.", InvalidRequest, null, "request_timeout")),
        < 500 => new(status, new ApiError("The request could not be read.", InvalidRequest, null, null)),
        _ => new(status, new ApiError("Internal error; the server's log has the details under this request's x-request-id.", "server_error", null, null)),
    };
}
