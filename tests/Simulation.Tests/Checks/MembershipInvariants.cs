using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>
/// What holds of the membership at every moment: of a cluster that was split one side serves, once both had the time to notice;
/// and a front that has reached no seed for as long refuses.
/// </summary>
internal sealed class MembershipInvariants
{
    /// <summary>How often it is looked at.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <summary>How much longer than the other side one may take to notice.</summary>
    private static readonly TimeSpan s_both = TimeSpan.FromSeconds(5);

    private readonly World _world;
    private readonly Dictionary<int, TimeSpan> _bothSince = [];
    private readonly Dictionary<FrontLoad, TimeSpan> _reachedSeed = [];

    public MembershipInvariants(World world)
    {
        _world = world;
        world.Control.Arrived += Arrived;
        Check();
    }

    /// <summary>Time that a front may take to notice that it reaches no seed.</summary>
    private TimeSpan Notice => _world.Settings.Membership.ProbeLimit * _world.Settings.Membership.ProbeInterval + s_both;

    /// <summary>A seed may answer between two looks only.</summary>
    private void Arrived(ModelledMembership from, ModelledMembership to, object message)
    {
        if (message is ActorIdentity { Subject: not null } && from.Process.Machine.IsSeed && to.Process.Front is { } front)
            _reachedSeed[front] = _world.Loop.Now;
    }

    private void Check()
    {
        OneSideServes();
        CutOffFrontsRefuse();
        _world.Loop.After(s_interval, Check);
    }

    private void OneSideServes()
    {
        var serving = _world.Fronts.Where(front => front.Process.Running && front.Readiness.Ready).Select(front => Coordinator(front.Process.Membership)).OfType<ModelledMembership>()
            .Distinct().GroupBy(coordinator => coordinator.Lineage).Where(side => side.Count() > 1).ToList();
        foreach (var lineage in _bothSince.Keys.Except(serving.Select(side => side.Key)).ToList())
            _bothSince.Remove(lineage);
        foreach (var sides in serving)
        {
            _bothSince.TryAdd(sides.Key, _world.Loop.Now);
            if (_world.Loop.Now - _bothSince[sides.Key] > s_both)
                _world.Break($"both {string.Join(" and ", sides)} coordinate what was one cluster, and fronts serve by either");
        }
    }

    /// <summary>The coordinator that a front has the word of, or null where it reaches none.</summary>
    private ModelledMembership? Coordinator(ModelledMembership front) =>
        front.OldestSeed is { } seed && _world.ByUid(seed.Uid) is { IsMember: true } coordinator && (coordinator == front || _world.Cables.CanAsk(front, coordinator))
            ? coordinator
            : null;

    private void CutOffFrontsRefuse()
    {
        foreach (var front in _world.Fronts)
        {
            var membership = front.Process.Membership;
            var seeds = membership.UpMembers.Where(member => member.IsSeed).ToList();
            var reached = !front.Process.Running || front.Process.Leaving || !front.Readiness.Accepting
                || seeds.Count == 0 || seeds.Exists(seed => seed.Uid == membership.Uid || _world.Cables.CanAsk(membership, _world.ByUid(seed.Uid)));
            if (reached || !_reachedSeed.TryGetValue(front, out var last))
                _reachedSeed[front] = _world.Loop.Now;
            else if (_world.Loop.Now - last > Notice)
                _world.Break($"{front.Process} takes requests, {Notice.TotalSeconds} s after it last reached a seed");
        }
    }
}
