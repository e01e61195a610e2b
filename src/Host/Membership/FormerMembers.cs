using Akka.Actor;
using Akka.Event;

namespace MoE.Host;

/// <summary>
/// A seed that formed a cluster because no member of before answered goes on asking them: they may have served all along, behind a
/// network that was cut. Where they did, there are two clusters, and the newer one joins the older.
/// </summary>
internal static class FormerMembers
{
    /// <summary>Returns when the membership has ended, which it does where one of them is in another cluster.</summary>
    /// <param name="entry">A seed that has formed a cluster.</param>
    /// <param name="former">The members that did not answer.</param>
    /// <param name="cancellation">Ends the search.</param>
    public static async Task LeaveWhenFoundAsync(ClusterEntry entry, IReadOnlyList<Address> former, CancellationToken cancellation)
    {
        var before = entry.Known.Members;
        using var timer = new PeriodicTimer(entry.Settings.ProbeInterval, entry.Time);
        for (var rounds = 0; rounds < entry.Settings.ProbeLimit;)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
                if (entry.Membership.Ended.IsCompleted)
                    return;

                // Until somebody has come, what is known is what was known before.
                var known = entry.Known.Members;
                var members = ReferenceEquals(known, before) ? [] : known.Select(ClusterEntry.AddressOf).ToHashSet();
                var found = await FoundAsync(entry.Peers, [.. former.Where(address => !members.Contains(address))], cancellation).ConfigureAwait(false);
                rounds = found.Count > 0 ? rounds + 1 : 0;
                if (rounds == entry.Settings.ProbeLimit)
                    entry.Known.Find(found);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        entry.Log.Warning("members of before are in another cluster; this one joins that");
        entry.Membership.Down(entry.Membership.Self.Address);
    }

    private static async Task<List<Address>> FoundAsync(IPeers peers, List<Address> former, CancellationToken cancellation)
    {
        var members = await Task.WhenAll(former.Select(address => peers.HasAsync(address, MemberActor.Name, cancellation))).ConfigureAwait(false);
        return [.. former.Where((_, i) => members[i] is true)];
    }
}
