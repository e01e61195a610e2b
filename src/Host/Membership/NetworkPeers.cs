using Akka.Actor;
using MoE.Router;

namespace MoE.Host;

/// <summary>Others over the network: their ports, and their <see cref="MemberActor"/>s.</summary>
/// <param name="membership">The way to others' actors.</param>
/// <param name="timeout">Longest wait for one answer.</param>
internal sealed class NetworkPeers(IMembership membership, TimeSpan timeout) : IPeers
{
    public Task<bool> RefusesAsync(Address process, CancellationToken cancellation) =>
        DeathProbe.RefusesAsync(process.Host, process.Port ?? 0, timeout, cancellation);

    public async Task<bool?> HasAsync(Address process, string actor, CancellationToken cancellation)
    {
        var has = IsThereAsync(process, actor, cancellation);
        var listens = IsThereAsync(process, MemberActor.ProcessName, cancellation);
        if (await has.ConfigureAwait(false))
            return true;
        return await listens.ConfigureAwait(false) ? false : null;
    }

    private async Task<bool> IsThereAsync(Address process, string name, CancellationToken cancellation)
    {
        try
        {
            var identity = await membership.At(process, name).Ask<ActorIdentity>(new Identify(process), timeout, cancellation).ConfigureAwait(false);
            return identity.Subject is not null;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }
}
