using Microsoft.AspNetCore.Http;
using MoE.Http.Generation;

namespace MoE.Http.Metrics;

/// <summary>What a generating route tells the meter about its request.</summary>
internal sealed class Measured(string operation, RequestClock clock)
{
    public string Operation { get; } = operation;

    public RequestClock Clock { get; } = clock;

    /// <summary>The error that ended a stream whose status had gone out.</summary>
    public string? StreamError { get; private set; }

    public static void Start(HttpContext context, string operation, RequestClock clock) => context.Features.Set(new Measured(operation, clock));

    public static void FailStream(HttpContext context, string error)
    {
        if (context.Features.Get<Measured>() is { } measured)
            measured.StreamError = error;
    }
}
