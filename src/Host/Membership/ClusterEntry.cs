using System.Net;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace MoE.Host;

/// <summary>
/// The way into the cluster. Whoever is no seed waits for one. A seed forms a cluster only where no member that it knows
/// of is left: a restarted one joins the old cluster. After every seed was cut off, one of them does (<see cref="CutOffSeed"/>).
/// </summary>
internal static class ClusterEntry
{
    /// <summary>Starts joining; the membership tells when it has succeeded.</summary>
    /// <param name="node">The node, in no cluster yet.</param>
    /// <param name="mayForm">Whether it may form a cluster: a seed that was not cut off from one.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task EnterAsync(ClusterNode node, bool mayForm, CancellationToken cancellation)
    {
        var configured = node.Settings.Seeds.Select(seed => new DnsEndPoint(seed.Host, seed.Port)).ToList();
        var known = await AliveAsync(node, cancellation).ConfigureAwait(false);

        // Others that were cut off end one membership before they listen for the next: for a moment they look gone.
        if (!mayForm && configured.Count + known.Count > 0)
            known = node.Core.Known.Members;

        var contacts = configured.Concat(known).Select(AddressOf).Where(address => !address.Equals(node.Cluster.SelfAddress)).Distinct().ToList();
        if (contacts.Count == 0)
        {
            node.Cluster.Join(node.Cluster.SelfAddress);
            return;
        }

        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Cluster.RegisterOnMemberUp(up.SetResult);
        node.Cluster.JoinSeedNodes(contacts);
        if (!mayForm)
            await CutOffSeed.FormWhenAllWaitAsync(node, up.Task, cancellation).ConfigureAwait(false);
        else if (configured.Count == 0)
            await FormWhenNobodyAnswersAsync(node, contacts, up.Task, cancellation).ConfigureAwait(false);
    }

    private static async Task FormWhenNobodyAnswersAsync(ClusterNode node, List<Address> contacts, Task up, CancellationToken cancellation)
    {
        var late = Task.Delay(node.Core.Membership.FormAfter, cancellation);
        if (await Task.WhenAny(up, late).ConfigureAwait(false) == up || cancellation.IsCancellationRequested)
            return;
        Logging.GetLogger(node.System, typeof(ClusterNode)).Warning(
            "none of the members of before answers ({0}) within {1} (moe.membership.form-after): forming a cluster",
            string.Join(", ", contacts), node.Core.Membership.FormAfter);
        node.Cluster.Join(node.Cluster.SelfAddress);
    }

    /// <summary>Known members whose machines do not say that they are gone.</summary>
    private static async Task<IReadOnlyList<DnsEndPoint>> AliveAsync(ClusterNode node, CancellationToken cancellation)
    {
        var known = node.Core.Known.Members;
        var gone = await Task.WhenAll(known.Select(member =>
            DeathProbe.RefusesAsync(member.Host, member.Port, node.Core.Membership.RefusalTimeout, cancellation))).ConfigureAwait(false);
        return [.. known.Where((_, i) => !gone[i])];
    }

    private static Address AddressOf(DnsEndPoint endpoint) => new("akka.tcp", ClusterNode.SystemName, endpoint.Host, endpoint.Port);
}
