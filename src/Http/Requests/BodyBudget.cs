using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Bytes of request bodies that may be in memory at once, over all connections.</summary>
internal sealed class BodyBudget(long limitBytes)
{
    private long _held;

    /// <exception cref="ApiException">429: the budget is spent.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= limitBytes)
            return;
        Release(bytes);
        throw ApiException.TooManyRequests("The server is busy: too many large requests at once.", "too_many_bytes");
    }

    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
