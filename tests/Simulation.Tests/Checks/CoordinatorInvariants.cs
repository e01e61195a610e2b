using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>
/// Whom nodes and fronts follow: the coordinator that took them last. What another one tells them after that they do not do, though they
/// hear it.
/// </summary>
internal sealed class CoordinatorInvariants
{
    private readonly World _world;
    private readonly Dictionary<ModelledMembership, ModelledMembership> _takenBy = [];

    /// <summary>Placements that somebody was told of: by whom who had taken it, and by others.</summary>
    private readonly HashSet<(ModelledMembership, long Version)> _own = [], _foreign = [];

    public CoordinatorInvariants(World world)
    {
        _world = world;
        world.Control.Arrived += Arrived;
        world.Control.Sent += Sent;
    }

    private void Arrived(ModelledMembership from, ModelledMembership to, object message)
    {
        switch (message)
        {
            case NodeAccepted or FrontAccepted:
                _takenBy[to] = from;
                break;
            case LoadExperts load:
                Told(from, to, load.Version);
                break;
            case PublishPlacement published:
                Told(from, to, published.Placement.Version);
                break;
        }
    }

    private void Told(ModelledMembership from, ModelledMembership to, long version)
    {
        if (_takenBy.TryGetValue(to, out var coordinator))
            (coordinator == from ? _own : _foreign).Add((to, version));
    }

    private void Sent(ModelledMembership from, ModelledMembership to, object message)
    {
        var version = message switch
        {
            ExpertsReady ready => ready.Version,
            PlacementAdopted adopted => adopted.Version,
            _ => 0,
        };
        if (version > 0 && _foreign.Contains((from, version)) && !_own.Contains((from, version)))
            _world.Break($"{from}, which {_takenBy[from]} took last, does what another coordinator says: placement {version}");
    }
}
