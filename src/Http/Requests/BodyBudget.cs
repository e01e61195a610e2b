using Microsoft.AspNetCore.Http;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Bytes of request bodies that may be in memory: of one request, and at once over all connections.</summary>
internal sealed class BodyBudget(long perRequestBytes, long totalBytes)
{
    private long _held;

    /// <summary>Takes room for more of a body.</summary>
    /// <param name="held">Bytes that the request holds.</param>
    /// <param name="more">Bytes that came.</param>
    /// <returns>Null, or why there is no room: 413 for a body that is too large for any request, 429 where the budget is spent.</returns>
    public ApiException? Take(long held, long more)
    {
        if (held + more > perRequestBytes)
            return ApiException.FromStatus(StatusCodes.Status413PayloadTooLarge, string.Empty);
        if (Interlocked.Add(ref _held, more) <= totalBytes)
            return null;
        Release(more);
        return ApiException.TooManyRequests("The server is busy: too many large requests at once.", "too_many_bytes");
    }

    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
