using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace MoE.Host;

/// <summary>Akka's log on stderr, one line each, so that stdout stays for what the command prints.</summary>
public sealed class StderrLogger : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <summary>Akka.Remote's exception, which is internal there.</summary>
    private const string Disassociated = "EndpointDisassociatedException";

    private const string Unreachable = "Tried to associate with unreachable remote address";

    private const string NotJoined = "Couldn't join seed nodes";

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
            case LogEvent log when log.LogLevel() >= _least && (_least == LogLevel.DebugLevel || !IsTransportNoise(log)):
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
    /// Akka.Remote warns of every connection that a leaving node closes, with a stack trace, and of every one that it cannot
    /// make; which node left or cannot be joined, the cluster's own events say. Akka.Cluster warns of every attempt to join, as long as the
    /// seed is not up; <see cref="ClusterEntry"/> says it once.
    /// </summary>
    private static bool IsTransportNoise(LogEvent log)
    {
        if (log.Cause?.GetType().Name == Disassociated)
            return true;
        var message = log.Message.ToString() ?? "";
        return message.Contains(Disassociated, StringComparison.Ordinal)
            || message.StartsWith(Unreachable, StringComparison.Ordinal)
            || message.StartsWith(NotJoined, StringComparison.Ordinal);
    }

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
