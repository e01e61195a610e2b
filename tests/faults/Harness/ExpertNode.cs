namespace MoE.Faults;

/// <summary>An expert node's process, and the proxy before one of its lanes.</summary>
internal sealed record ExpertNode(MoEProcess Process, LaneProxy? Proxy) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        if (Proxy is not null)
            await Proxy.DisposeAsync();
    }
}
