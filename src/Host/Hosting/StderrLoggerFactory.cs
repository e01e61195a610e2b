using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MoE.Host;

/// <summary>The library rooms' log on stderr, as <see cref="StderrLogger"/> writes Akka's.</summary>
internal static class StderrLoggerFactory
{
    public static ILoggerFactory Create(string level) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(level switch
        {
            "debug" => LogLevel.Debug,
            "info" => LogLevel.Information,
            "error" => LogLevel.Error,
            _ => LogLevel.Warning,
        })
        .AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "HH:mm:ss.fff ";
            options.ColorBehavior = LoggerColorBehavior.Disabled;
        })
        .Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace));
}
