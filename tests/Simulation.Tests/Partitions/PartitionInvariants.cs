namespace MoE.Simulation.Tests;

/// <summary>
/// What holds of the membership at every moment: of a cluster that was split one side serves, once both had the time to notice;
/// and a front that has reached no seed for as long refuses.
/// </summary>
internal sealed class PartitionInvariants
{
    /// <summary>How often it is looked at.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    /// <summary>How much longer than the other side one may take to notice.</summary>
    private static readonly TimeSpan s_both = TimeSpan.FromSeconds(5);

    /// <summary>A front's word from its coordinator is older than this: it does not reach it.</summary>
    private static readonly TimeSpan s_recent = TimeSpan.FromSeconds(2);

    private readonly PartitionWorld _world;
    private readonly Dictionary<int, TimeSpan> _bothSince = [];
    private readonly Dictionary<PartitionProcess, TimeSpan> _reachedSeed = [];

    public PartitionInvariants(PartitionWorld world)
    {
        _world = world;
        Check();
    }

    /// <summary>Time that a front may take to notice that it reaches no seed.</summary>
    private TimeSpan Notice => _world.Settings.ProbeLimit * _world.Settings.ProbeInterval + s_both;

    private void Check()
    {
        OneSideServes();
        CutOffFrontsRefuse();
        _world.Loop.After(s_interval, Check);
    }

    private void OneSideServes()
    {
        var serving = _world.Alive
            .Where(front => front.Accepts && _world.Loop.Now - front.ServedAt <= s_recent && front.ServedBy!.Process.Running && front.ServedBy.IsMember)
            .Select(front => front.ServedBy!).Distinct().GroupBy(coordinator => coordinator.Lineage).Where(side => side.Count() > 1).ToList();
        foreach (var lineage in _bothSince.Keys.Except(serving.Select(side => side.Key)).ToList())
            _bothSince.Remove(lineage);
        foreach (var sides in serving)
        {
            _bothSince.TryAdd(sides.Key, _world.Loop.Now);
            if (_world.Loop.Now - _bothSince[sides.Key] > s_both)
                _world.Break($"both {string.Join(" and ", sides.Select(side => side.Process))} coordinate what was one cluster, and fronts serve by either");
        }
    }

    private void CutOffFrontsRefuse()
    {
        foreach (var front in _world.Alive.Where(process => process.Machine.Role == ProcessRole.Front))
        {
            var seeds = front.Membership.UpMembers.Where(member => member.IsSeed).ToList();
            if (!front.Accepts || seeds.Count == 0 || seeds.Exists(seed => _world.CanAsk(front.Membership, _world.ByUid(seed.Uid))))
                _reachedSeed[front] = _world.Loop.Now;
            else if (_world.Loop.Now - _reachedSeed.GetValueOrDefault(front) > Notice)
                _world.Break($"{front} takes requests, {Notice.TotalSeconds} s after it last reached a seed");
        }
    }
}
