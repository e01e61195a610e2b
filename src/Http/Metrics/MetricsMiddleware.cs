using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MoE.Http.Metrics;

/// <summary>Measures every request to its last byte.</summary>
internal sealed class MetricsMiddleware(RequestDelegate next, RequestMetrics metrics, TimeProvider time)
{
    private const string Cancelled = "cancelled";
    private const string NoRoute = "none";

    public async Task InvokeAsync(HttpContext context)
    {
        var start = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            Record(context, time.GetElapsedTime(start));
        }
    }

    private void Record(HttpContext context, TimeSpan duration)
    {
        var gone = context.RequestAborted.IsCancellationRequested;
        var status = gone && !context.Response.HasStarted ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode;
        // The pattern, never the path: a client must not be able to invent label values.
        metrics.CountRequest((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? NoRoute, status);
        if (context.Features.Get<Measured>() is not { } measured)
            return;
        var error = gone ? Cancelled
            : measured.StreamError ?? (status >= 400 ? status.ToString(CultureInfo.InvariantCulture) : string.Empty);
        metrics.ObserveDuration(measured.Operation, error, duration);
        metrics.ObserveTokens(measured.Operation, measured.Clock);
    }
}
