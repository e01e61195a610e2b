using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MoE.Http;

/// <summary>
/// The program's loggers for the surface, without .NET's host, which logs what ends its start and throws it as well: the program
/// that starts the surface tells it once.
/// </summary>
internal sealed class SurfaceLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    private const string Host = "Microsoft.Extensions.Hosting.";

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith(Host, StringComparison.Ordinal) ? NullLogger.Instance : loggers.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>The loggers belong to the program.</summary>
    public void Dispose()
    {
    }
}
