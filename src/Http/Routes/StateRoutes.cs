using Microsoft.AspNetCore.Http;
using MoE.Engine;
using MoE.Http.Errors;
using MoE.Http.Responses;

namespace MoE.Http.Routes;

/// <summary><c>GET /health</c>, <c>/livez</c> and <c>/cluster</c>.</summary>
internal sealed class StateRoutes(IEngine engine, IClusterView cluster)
{
    /// <summary>Readiness: whether a request could be answered now.</summary>
    public Task HealthAsync(HttpContext context)
    {
        var status = engine.Status;
        if (!status.Ready)
            throw ApiException.Unavailable(status.Reason ?? "The model is loading.", "not_ready");
        return JsonReply.WriteAsync(context, new HealthReply("ok"), HttpJson.Default.HealthReply);
    }

    /// <summary>Liveness: the process answers. A missing expert or a full queue is no reason to restart it.</summary>
    public static Task LiveAsync(HttpContext context) =>
        JsonReply.WriteAsync(context, new HealthReply("ok"), HttpJson.Default.HealthReply);

    public async Task ClusterAsync(HttpContext context) =>
        await JsonReply.WriteAsync(context, await cluster.GetAsync(context.RequestAborted), HttpJson.Default.ClusterSnapshot);
}
