using Microsoft.AspNetCore.Http;
using MoE.Engine;
using MoE.Http.Metrics;

namespace MoE.Http.Routes;

/// <summary><c>GET /metrics</c> for Prometheus.</summary>
internal sealed class MetricsRoute(IEngine engine, IClusterView cluster, RequestMetrics metrics)
{
    public async Task HandleAsync(HttpContext context)
    {
        var snapshot = await cluster.GetAsync(context.RequestAborted);
        var writer = new PrometheusWriter();
        RequestMetricsFormat.Write(writer, metrics, engine);
        ClusterMetricsFormat.Write(writer, snapshot);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(writer.ToString(), context.RequestAborted);
    }
}
