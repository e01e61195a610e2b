using System.Diagnostics;
using System.Net.Sockets;

namespace MoE.Lane;

/// <summary>The end of a step of the handshake.</summary>
internal readonly struct LaneDeadline
{
    private readonly long _end;

    /// <param name="timeout">From now.</param>
    public LaneDeadline(TimeSpan timeout) => _end = Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);

    private TimeSpan Left => Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _end);

    /// <summary>Blocks until the socket is readable or writable, or in error.</summary>
    /// <exception cref="TimeoutException">The deadline passed before.</exception>
    public static void Wait(Socket socket, SelectMode mode, LaneDeadline? deadline)
    {
        if (deadline is not { } end)
        {
            socket.Poll(-1, mode);
            return;
        }

        if (end.Left is var left && (left <= TimeSpan.Zero || !socket.Poll(left, mode)))
            throw new TimeoutException();
    }
}
