using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MoE.Engine;
using MoE.Http.Errors;
using MoE.Http.Metrics;
using MoE.Http.Routes;
using MoE.Http.Security;

namespace MoE.Http;

/// <summary>The OpenAI-compatible surface over one engine.</summary>
public static class MoEHttp
{
    // A body of up to this many times the limit is read to its end, so that its client hears of it.
    private const int DrainedBodies = 2;

    /// <summary>Builds the server; the caller starts it, stops it and handles the process's signals.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="engine">What answers.</param>
    /// <param name="cluster">What <c>/cluster</c> shows.</param>
    /// <param name="time">The clock, for timings, pings and deadlines.</param>
    /// <param name="loggers">Where failures are logged; prompts and answers never are.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static WebApplication CreateApp(
        HttpSettings settings,
        IEngine engine,
        IClusterView cluster,
        TimeProvider? time = null,
        ILoggerFactory? loggers = null)
    {
        settings.Validate();
        // Empty: no appsettings.json, environment variable or command line of whatever directory this runs in has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(settings.Url).ConfigureKestrel(options => Configure(options, settings));
        builder.Services
            .AddRoutingCore()
            .AddCors()
            .AddSingleton<IHostLifetime, EmbeddedLifetime>()
            .AddSingleton(new SurfaceLoggers(loggers ?? NullLoggerFactory.Instance) as ILoggerFactory)
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton(settings)
            .AddSingleton(engine)
            .AddSingleton(cluster)
            .AddMoERoutes()
            .Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = ListenSocket.Bind)
            .Configure<HostOptions>(options => options.ShutdownTimeout = settings.ShutdownTimeout);

        var app = builder.Build();
        app.Use(RequestId.AssignAsync);
        app.UseMiddleware<MetricsMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseRouting();
        if (settings.CorsOrigins.Count > 0)
            app.UseCors(policy => policy.WithOrigins([.. settings.CorsOrigins]).AllowAnyHeader().WithMethods("GET", "POST").WithExposedHeaders(RequestId.Header));
        app.UseMiddleware<ApiKeyMiddleware>();
        app.MapMoERoutes();
        return app;
    }

    private static void Configure(KestrelServerOptions options, HttpSettings settings)
    {
        options.AddServerHeader = false;
        // The surface's own limit answers first; beyond this one the connection is closed.
        options.Limits.MaxRequestBodySize = settings.MaxBodyBytes > long.MaxValue / DrainedBodies ? null : settings.MaxBodyBytes * DrainedBodies;
        options.Limits.MaxConcurrentConnections = settings.MaxConnections;
    }
}
