using System.Net.Sockets;
using Akka.Configuration;
using Akka.Remote;
using MoE.Engine;
using MoE.Model;

namespace MoE.Host;

/// <summary>Failures that the person at the terminal can mend, in one line; everything else is a defect of ours and keeps its stack trace.</summary>
internal static class UsersMistake
{
    // Ends Akka.Remote's message; what it points at is said instead.
    private const string SeeInner = ". See InnerException for details.";

    /// <summary>What a failure says, or null where it is a defect.</summary>
    public static string? In(Exception failure)
    {
        // Akka wraps what a transport throws several times.
        var cause = failure is AggregateException aggregate ? aggregate.GetBaseException() : failure;
        return cause switch
        {
            EngineException { Error: EngineError.Internal } => null,
            RemoteTransportException transport => $"{SettingKeys.Host}, {SettingKeys.Port}: {transport.Message.Replace(SeeInner, "", StringComparison.Ordinal)}: {FirstLine(transport.GetBaseException())}",
            ModelFormatException or ConfigurationException or IOException or ArgumentException or UnauthorizedAccessException or HttpRequestException
                or EngineException or SocketException => FirstLine(cause),
            // It says how much was wanted, and for what.
            _ => cause.GetBaseException() is OutOfMemoryException ? FirstLine(cause) : null,
        };
    }

    private static string FirstLine(Exception failure) => failure.Message.Split('\n', 2)[0].TrimEnd();
}
