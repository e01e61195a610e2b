using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>What happens to a frame on its way. A fault that damages counts how often it has.</summary>
internal abstract class LaneFault
{
    /// <summary>Header, and a payload that is more than a sign of life or an error's text.</summary>
    private const int WorkBytes = FrameReader.HeaderBytes + 512;

    private int _hits;

    public static LaneFault None { get; } = new NoFault();

    /// <summary>Frames that met the fault.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Whether it only slows a node down: a front that has learnt so takes the node for slow, and a second fault would meet another front.</summary>
    public virtual bool Slows => false;

    /// <summary>Takes a frame.</summary>
    /// <param name="frame">Header and payload.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="cancellation">Ends a wait.</param>
    /// <returns>Whether the connection goes on.</returns>
    public abstract Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation);

    /// <summary>Whether a frame carries rows or weights.</summary>
    protected static bool IsWork(byte[] frame) => frame.Length > WorkBytes;

    /// <summary>Notes that a frame met the fault.</summary>
    /// <returns>How many had before.</returns>
    protected int Hit() => Interlocked.Increment(ref _hits) - 1;

    protected static async Task<bool> SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await to.SendAsync(bytes, SocketFlags.None, cancellation)..];
        return true;
    }

    private sealed class NoFault : LaneFault
    {
        public override Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation) => SendAsync(to, frame, cancellation);
    }
}
