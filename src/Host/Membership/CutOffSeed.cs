using Akka.Actor;
using Akka.Event;

namespace MoE.Host;

/// <summary>A seed that was cut off asks the other seeds of its last membership; where all were cut off, one has to begin (<see cref="FormerSeeds"/>).</summary>
internal static class CutOffSeed
{
    /// <summary>Returns when the node is a member, or forms a cluster.</summary>
    /// <param name="node">A node that is joining. Where its address was no seed's before, it never forms a cluster.</param>
    /// <param name="up">Ends when the node is a member.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task FormWhenAllWaitAsync(ClusterNode node, Task up, CancellationToken cancellation)
    {
        var seeds = node.Core.Known.Seeds;
        var self = seeds.IndexOf(node.Cluster.SelfAddress);
        if (self < 0)
            return;
        using var timer = new PeriodicTimer(node.Core.Membership.ProbeInterval);
        for (var rounds = 0; rounds < node.Core.Membership.ProbeLimit;)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
                var states = await Task.WhenAll(seeds.Select((seed, i) =>
                    i == self ? Task.FromResult(FormerSeed.Waiting) : StateAsync(node, seed, cancellation))).ConfigureAwait(false);
                if (up.IsCompleted)
                    return;
                rounds = FormerSeeds.MayForm(states, self) ? rounds + 1 : 0;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        Logging.GetLogger(node.System, typeof(ClusterNode)).Warning(
            "every seed was cut off, most are back and none is in a cluster ({0}): forming one", string.Join(", ", seeds));
        node.Cluster.Join(node.Cluster.SelfAddress);
    }

    private static async Task<FormerSeed> StateAsync(ClusterNode node, Address seed, CancellationToken cancellation)
    {
        var settings = node.Core.Membership;
        try
        {
            var identity = await MemberActor.At(node.System, seed)
                .Ask<ActorIdentity>(new Identify(seed), settings.RefusalTimeout, cancellation).ConfigureAwait(false);
            return identity.Subject is null ? FormerSeed.Waiting : FormerSeed.Member;
        }
        catch (AskTimeoutException)
        {
            var gone = await DeathProbe.RefusesAsync(seed.Host, seed.Port ?? 0, settings.RefusalTimeout, cancellation).ConfigureAwait(false);
            return gone ? FormerSeed.Gone : FormerSeed.Silent;
        }
    }
}
