using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>Holds every frame with rows up for a while.</summary>
internal sealed class Delay(TimeSpan delay) : LaneFault
{
    public override bool Slows => true;

    public override async Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        if (IsWork(frame))
        {
            Hit();
            await Task.Delay(delay, cancellation);
        }

        return await SendAsync(to, frame, cancellation);
    }
}

/// <summary>Lets so many bytes through a second.</summary>
internal sealed class BandwidthCap(int bytesPerSecond) : LaneFault
{
    private const int Slices = 50;

    public override bool Slows => true;

    public override async Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        Hit();
        var slice = Math.Max(1, bytesPerSecond / Slices);
        for (var sent = 0; sent < frame.Length; sent += slice)
        {
            await SendAsync(to, frame.AsMemory(sent, Math.Min(slice, frame.Length - sent)), cancellation);
            await Task.Delay(TimeSpan.FromSeconds(1) / Slices, cancellation);
        }

        return true;
    }
}

/// <summary>Sends a frame with rows one byte a second: a connection that never fails and never gets anywhere.</summary>
internal sealed class Drip : LaneFault
{
    public override bool Slows => true;

    public override async Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        if (!IsWork(frame))
            return await SendAsync(to, frame, cancellation);
        Hit();
        for (var i = 0; i < frame.Length; i++)
        {
            await SendAsync(to, frame.AsMemory(i, 1), cancellation);
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        }

        return true;
    }
}

/// <summary>Takes everything and passes nothing on, signs of life included.</summary>
internal sealed class Stall : LaneFault
{
    public override Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        Hit();
        return Task.FromResult(true);
    }
}

/// <summary>Loses frames with rows; signs of life pass.</summary>
internal sealed class LostRows : LaneFault
{
    public override Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
    {
        if (!IsWork(frame))
            return SendAsync(to, frame, cancellation);
        Hit();
        return Task.FromResult(true);
    }
}
