using Microsoft.AspNetCore.Http;

namespace MoE.Http.Routes;

/// <summary>One embedded file of the web page. Everything the page needs comes from here, so the policy allows nothing else.</summary>
internal sealed class PageRoute(string file, string contentType)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly byte[] _content = Load(file);

    /// <summary>Path and handler of every file.</summary>
    public static IEnumerable<(string Path, RequestDelegate Handler)> All() =>
    [
        ("/", new PageRoute("index.html", "text/html; charset=utf-8").SendAsync),
        ("/page/api.js", new PageRoute("api.js", "text/javascript; charset=utf-8").SendAsync),
        ("/page/chat.js", new PageRoute("chat.js", "text/javascript; charset=utf-8").SendAsync),
        ("/page/cluster.js", new PageRoute("cluster.js", "text/javascript; charset=utf-8").SendAsync),
        ("/page/experts.js", new PageRoute("experts.js", "text/javascript; charset=utf-8").SendAsync),
        ("/page/style.css", new PageRoute("style.css", "text/css; charset=utf-8").SendAsync),
        ("/page/icon.svg", new PageRoute("icon.svg", "image/svg+xml").SendAsync),
    ];

    private async Task SendAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentType = contentType;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        context.Response.ContentLength = _content.Length;
        await context.Response.Body.WriteAsync(_content, context.RequestAborted);
    }

    private static byte[] Load(string file)
    {
        var name = $"MoE.Http.Page.{file}";
        using var stream = typeof(PageRoute).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The page's file {name} is not embedded.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
