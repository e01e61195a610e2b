using System.Net;
using Akka.Actor;
using Akka.Event;
using MoE.Router;

namespace MoE.Host;

/// <summary>
/// The way into the cluster. Whoever is no seed waits for one. A seed forms a cluster only where no member that it knows
/// of is left: a restarted one joins the old cluster. After every seed was cut off, one of them does (<see cref="CutOffSeed"/>).
/// </summary>
internal sealed class ClusterEntry
{
    /// <summary>Longer than a join takes where compute threads have every core.</summary>
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(5);

    /// <summary>The process's; in no cluster yet.</summary>
    public required IMembership Membership { get; init; }

    public required KnownMembers Known { get; init; }

    /// <summary>Where seeds were said to be.</summary>
    public required IReadOnlyList<Address> Seeds { get; init; }

    public required MembershipSettings Settings { get; init; }

    public required IPeers Peers { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggingAdapter Log { get; init; }

    /// <summary>Starts a <see cref="MemberActor"/> by a name.</summary>
    public required Action<string> Announce { get; init; }

    /// <summary>Starts joining; the membership tells when it has succeeded.</summary>
    /// <param name="mayForm">Whether it may form a cluster: a seed that was not cut off from one.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public async Task EnterAsync(bool mayForm, CancellationToken cancellation)
    {
        if (!mayForm && Known.Seeds.Contains(Membership.Self.Address))
            Announce(MemberActor.CutOffName);
        var known = await AliveAsync([.. Known.Members.Select(AddressOf)], cancellation).ConfigureAwait(false);

        // Others that were cut off end one membership before they listen for the next: for a moment they look gone.
        if (!mayForm && Seeds.Count + known.Count > 0)
            known = [.. Known.Members.Select(AddressOf)];

        var contacts = Seeds.Concat(known).Concat(Known.Seeds).Where(address => !address.Equals(Membership.Self.Address)).Distinct().ToList();
        if (contacts.Count == 0)
        {
            Membership.Form();
            return;
        }

        // One that is forgotten before it is up ends as well, and the next one makes an attempt of its own.
        var up = new TaskCompletionSource();
        Membership.OnUp(up.SetResult);
        var over = Task.WhenAny(up.Task, Membership.Ended);
        // One that will form a cluster says that instead.
        var said = mayForm && Seeds.Count == 0 ? Task.CompletedTask : SayWhenLateAsync(contacts, over, cancellation);
        await JoinAsync(contacts, over, cancellation).ConfigureAwait(false);
        if (!mayForm)
            await CutOffSeed.FormWhenAllWaitAsync(this, over, cancellation).ConfigureAwait(false);
        else if (Seeds.Count == 0)
            await FormWhenNobodyAnswersAsync(contacts, over, cancellation).ConfigureAwait(false);
        await said.ConfigureAwait(false);
    }

    /// <summary>Once, where a join takes longer than one on a busy machine does: a process that waits for its seed is in order, a wrong address is not.</summary>
    private async Task SayWhenLateAsync(List<Address> contacts, Task over, CancellationToken cancellation)
    {
        await Task.WhenAny(over, Task.Delay(s_late, Time, cancellation)).ConfigureAwait(false);
        if (over.IsCompleted || cancellation.IsCancellationRequested)
            return;
        var listening = await AliveAsync(contacts, cancellation).ConfigureAwait(false);
        if (!over.IsCompleted && !cancellation.IsCancellationRequested)
        {
            Log.Warning(
                listening.Count == 0 ? "nobody listens at {0} yet; this node joins as soon as a seed does" : "no answer from {0} yet; this node asks until it is let in",
                string.Join(", ", (listening.Count == 0 ? contacts : listening).Select(address => $"{address.Host}:{address.Port}")));
        }
    }

    /// <summary>Some are asked before the others; where none of them has let the process in, all are.</summary>
    private async Task JoinAsync(List<Address> contacts, Task over, CancellationToken cancellation)
    {
        if (await FirstAsync(cancellation).ConfigureAwait(false) is { Count: > 0 } first && contacts.Except(first).Any())
        {
            Membership.Join(first);
            await Task.WhenAny(over, Task.Delay(Settings.FormAfter, Time, cancellation)).ConfigureAwait(false);
            if (over.IsCompleted || cancellation.IsCancellationRequested)
                return;
        }

        Membership.Join(contacts);
    }

    /// <summary>
    /// Whoever leaves one cluster for another asks that one's members first: its own former ones would take it back. A process that starts asks
    /// the seeds that it was told of, unless they are proved dead: its file may remember another cluster.
    /// </summary>
    private async Task<IReadOnlyList<Address>> FirstAsync(CancellationToken cancellation)
    {
        if (Known.TakeFound() is { Count: > 0 } found)
            return found;
        return Known.Seeds.IsEmpty ? await AliveAsync(Seeds, cancellation).ConfigureAwait(false) : [];
    }

    private async Task FormWhenNobodyAnswersAsync(List<Address> contacts, Task over, CancellationToken cancellation)
    {
        var late = Task.Delay(Settings.FormAfter, Time, cancellation);
        if (await Task.WhenAny(over, late).ConfigureAwait(false) == over || cancellation.IsCancellationRequested)
            return;
        Log.Warning(
            "none of the members of before answers ({0}) within {1} (moe.membership.form-after): forming a cluster",
            string.Join(", ", contacts), Settings.FormAfter);
        Membership.Form();
        await FormerMembers.LeaveWhenFoundAsync(this, contacts, cancellation).ConfigureAwait(false);
    }

    /// <summary>Those whose machines do not say that they are gone.</summary>
    private async Task<IReadOnlyList<Address>> AliveAsync(IReadOnlyList<Address> processes, CancellationToken cancellation)
    {
        var gone = await Task.WhenAll(processes.Select(process => Peers.RefusesAsync(process, cancellation))).ConfigureAwait(false);
        return [.. processes.Where((_, i) => !gone[i])];
    }

    /// <summary>The address of a process at an endpoint.</summary>
    internal static Address AddressOf(DnsEndPoint endpoint) => new("akka.tcp", ClusterNode.SystemName, endpoint.Host, endpoint.Port);
}
