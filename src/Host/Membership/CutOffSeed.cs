using Akka.Actor;
using Akka.Event;

namespace MoE.Host;

/// <summary>A seed that was cut off asks the other seeds of its last membership; where all were cut off, one has to begin (<see cref="FormerSeeds"/>).</summary>
internal static class CutOffSeed
{
    /// <summary>Returns when the attempt is over, or the node forms a cluster.</summary>
    /// <param name="entry">A process that is joining. Where its address was no seed's before, it never forms a cluster.</param>
    /// <param name="over">Ends when the node is a member, or its membership has ended before.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task FormWhenAllWaitAsync(ClusterEntry entry, Task over, CancellationToken cancellation)
    {
        var seeds = entry.Known.Seeds;
        var self = seeds.IndexOf(entry.Membership.Self.Address);
        if (self < 0)
            return;
        using var timer = new PeriodicTimer(entry.Settings.ProbeInterval, entry.Time);
        for (var rounds = 0; rounds < entry.Settings.ProbeLimit;)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
                var states = await Task.WhenAll(seeds.Select((seed, i) =>
                    i == self ? Task.FromResult(FormerSeed.Waiting) : StateAsync(entry.Peers, seed, cancellation))).ConfigureAwait(false);
                if (over.IsCompleted)
                    return;
                rounds = FormerSeeds.MayForm(states, self) ? rounds + 1 : 0;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        entry.Log.Warning("every seed was cut off, most are back and none is in a cluster ({0}): forming one", string.Join(", ", seeds));
        entry.Membership.Form();
    }

    private static async Task<FormerSeed> StateAsync(IPeers peers, Address seed, CancellationToken cancellation)
    {
        switch (await peers.HasAsync(seed, MemberActor.Name, cancellation).ConfigureAwait(false))
        {
            case true:
                return FormerSeed.Member;
            case false when await peers.HasAsync(seed, MemberActor.CutOffName, cancellation).ConfigureAwait(false) is { } cutOff:
                return cutOff ? FormerSeed.Waiting : FormerSeed.Restarted;
            default:
                break;
        }

        return await peers.RefusesAsync(seed, cancellation).ConfigureAwait(false) ? FormerSeed.Gone : FormerSeed.Silent;
    }
}
