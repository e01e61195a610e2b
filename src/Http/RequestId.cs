using Microsoft.AspNetCore.Http;

namespace MoE.Http;

/// <summary>Names every request in its response and in the logs: the client's own name where that is harmless, else a new one.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";
    private const int MaxChars = 128;

    public static string Of(HttpContext context) => context.TraceIdentifier;

    public static Task AssignAsync(HttpContext context, RequestDelegate next)
    {
        var given = context.Request.Headers[Header];
        context.TraceIdentifier = given is [{ } only] && IsSane(only) ? only : $"req_{Guid.NewGuid():N}";
        context.Response.Headers[Header] = context.TraceIdentifier;
        return next(context);
    }

    private static bool IsSane(string id) =>
        id.Length is > 0 and <= MaxChars && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':');
}
