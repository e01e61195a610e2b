using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MoE.Http.Errors;
using MoE.Http.Metrics;
using MoE.Http.Requests;
using MoE.Http.Security;
using MoE.Http.Streaming;

namespace MoE.Http.Routes;

/// <summary>Every route, in one place.</summary>
internal static class RouteTable
{
    // Azure-style clients put the API here.
    private const string AzurePrefix = "/openai";

    public static IServiceCollection AddMoERoutes(this IServiceCollection services) => services
        .AddSingleton<Failures>()
        .AddSingleton<StreamPump>()
        .AddSingleton(provider => Budget(provider.GetRequiredService<HttpSettings>()))
        .AddSingleton<ChatRoute>()
        .AddSingleton<CompletionRoute>()
        .AddSingleton<TokenizerRoute>()
        .AddSingleton<ModelsRoute>()
        .AddSingleton<RequestMetrics>()
        .AddSingleton<MetricsRoute>()
        .AddSingleton<StateRoutes>();

    public static void MapMoERoutes(this IEndpointRouteBuilder routes)
    {
        MapOpenAI(routes.MapGroup("/v1"), routes.ServiceProvider);
        MapOpenAI(routes.MapGroup(AzurePrefix + "/v1"), routes.ServiceProvider);
        MapTools(routes, routes.ServiceProvider);
        MapTools(routes.MapGroup(AzurePrefix + "/v1"), routes.ServiceProvider);

        var state = routes.ServiceProvider.GetRequiredService<StateRoutes>();
        Get(routes, "/health", state.HealthAsync).WithMetadata(OpenRoute.Mark);
        Get(routes, "/livez", StateRoutes.LiveAsync).WithMetadata(OpenRoute.Mark);
        Get(routes, "/cluster", state.ClusterAsync);
        Get(routes, "/metrics", routes.ServiceProvider.GetRequiredService<MetricsRoute>().HandleAsync);
        foreach (var (path, handler) in PageRoute.All())
            Get(routes, path, handler).WithMetadata(OpenRoute.Mark);
    }

    private static BodyBudget Budget(HttpSettings settings) => new(settings.MaxBodyBytes, settings.MaxTotalBodyBytes);

    private static void MapOpenAI(IEndpointRouteBuilder routes, IServiceProvider services)
    {
        var models = services.GetRequiredService<ModelsRoute>();
        Get(routes, "/models", models.ListAsync);
        Get(routes, "/models/{*id}", models.GetAsync);
        routes.MapPost("/chat/completions", services.GetRequiredService<ChatRoute>().HandleAsync);
        routes.MapPost("/completions", services.GetRequiredService<CompletionRoute>().HandleAsync);
    }

    private static void MapTools(IEndpointRouteBuilder routes, IServiceProvider services)
    {
        var tokenizer = services.GetRequiredService<TokenizerRoute>();
        routes.MapPost("/tokenize", tokenizer.TokenizeAsync);
        routes.MapPost("/detokenize", tokenizer.DetokenizeAsync);
        routes.MapPost("/apply-template", services.GetRequiredService<ChatRoute>().HandleTemplateAsync);
    }

    private static IEndpointConventionBuilder Get(IEndpointRouteBuilder routes, string path, RequestDelegate handler) =>
        routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], handler);
}
