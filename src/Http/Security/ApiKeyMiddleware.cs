using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using MoE.Http.Errors;

namespace MoE.Http.Security;

/// <summary>Asks for a key on every route that is not marked open. It looks at the route that was matched, never at the path, so no spelling of a path passes it.</summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, HttpSettings settings)
{
    private readonly byte[][] _hashes = [.. settings.ApiKeys.Select(Hash)];

    public Task InvokeAsync(HttpContext context)
    {
        var isOpen = context.GetEndpoint()?.Metadata.GetMetadata<OpenRoute>() is not null;
        if (_hashes.Length == 0 || isOpen || Shown(context.Request).Any(IsKnown))
            return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new ApiException(
            StatusCodes.Status401Unauthorized,
            new ApiError("An API key is missing or wrong; send 'Authorization: Bearer KEY' or 'X-Api-Key: KEY'.", "authentication_error", null, "invalid_api_key"));
    }

    private static IEnumerable<string> Shown(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        foreach (var value in request.Headers.Authorization)
        {
            if (value is not null && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
                yield return value[Scheme.Length..].Trim();
        }

        // Azure's clients call it api-key.
        foreach (var value in request.Headers["X-Api-Key"].Concat(request.Headers["api-key"]))
        {
            if (value is not null)
                yield return value;
        }
    }

    // Hashes have one length, and every key is compared: time tells neither how long nor which one it was.
    private bool IsKnown(string shown)
    {
        var hash = Hash(shown);
        var known = false;
        foreach (var expected in _hashes)
            known |= CryptographicOperations.FixedTimeEquals(hash, expected);
        return known;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
