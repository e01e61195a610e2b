using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace MoE.Host;

/// <summary>Akka's log on stderr, one line each, so that stdout stays for what the command prints.</summary>
public sealed class StderrLogger : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <summary>Akka.Remote's exception, which is internal there.</summary>
    private const string Disassociated = "EndpointDisassociatedException";

    private readonly LogLevel _least = Context.System.Settings.Config.GetString(SettingKeys.LogLevel, "warning") switch
    {
        "debug" => LogLevel.DebugLevel,
        "info" => LogLevel.InfoLevel,
        "error" => LogLevel.ErrorLevel,
        _ => LogLevel.WarningLevel,
    };

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LogEvent log when log.LogLevel() >= _least && (_least == LogLevel.DebugLevel || !IsDisassociation(log)):
                Console.Error.WriteLine(Format(log));
                break;
            case LogEvent:
                break;
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>
    /// Akka.Remote warns with a stack trace of every connection that a leaving node closes; which node left, and whether it was
    /// missed, the cluster's own events say.
    /// </summary>
    private static bool IsDisassociation(LogEvent log) =>
        log.Cause?.GetType().Name == Disassociated
        || log.Message.ToString()?.Contains(Disassociated, StringComparison.Ordinal) == true;

    private static string Format(LogEvent log)
    {
        var level = log.LogLevel() switch
        {
            LogLevel.DebugLevel => "debug",
            LogLevel.InfoLevel => "info",
            LogLevel.WarningLevel => "warn",
            _ => "error",
        };
        var cause = log.Cause is { } exception ? $": {exception.GetType().Name}: {exception.Message}" : "";
        return $"{log.Timestamp.ToLocalTime():HH:mm:ss.fff} {level,-5} {log.LogClass.Name}: {log.Message}{cause}";
    }
}
