using Microsoft.AspNetCore.Http;
using MoE.Engine;
using MoE.Http.Errors;
using MoE.Http.Responses;

namespace MoE.Http.Routes;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>.</summary>
internal sealed class ModelsRoute(IEngine engine, TimeProvider time)
{
    private readonly ModelCard _card = new(engine.ModelId, "model", time.GetUtcNow().ToUnixTimeSeconds(), "moe", engine.MaxModelLength);

    public Task ListAsync(HttpContext context) =>
        JsonReply.WriteAsync(context, new ModelList("list", [_card]), HttpJson.Default.ModelList);

    public Task GetAsync(HttpContext context)
    {
        // Names like Qwen/Qwen3 come with a slash or with %2F, which Kestrel leaves in a path.
        var id = Uri.UnescapeDataString((string?)context.Request.RouteValues["id"] ?? string.Empty);
        if (id != engine.ModelId)
            throw ApiException.ModelNotFound(id);
        return JsonReply.WriteAsync(context, _card, HttpJson.Default.ModelCard);
    }
}
