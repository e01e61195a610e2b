using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Bytes of request bodies that may be in memory: of one request, and at once over all connections.</summary>
internal sealed class BodyBudget(long perRequestBytes, long totalBytes)
{
    private long _held;

    /// <summary>Whether a body of that length is too large for any request.</summary>
    public bool IsOver(long bytes) => bytes > perRequestBytes;

    /// <exception cref="ApiException">429: the budget is spent.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= totalBytes)
            return;
        Release(bytes);
        throw ApiException.TooManyRequests("The server is busy: too many large requests at once.", "too_many_bytes");
    }

    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
