using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>
/// What holds of placements at every moment: a front goes from one to a newer one, and what its nodes are said to hold they hold; once
/// another coordinator has spoken, the former one is not followed any more.
/// </summary>
internal sealed class PlacementInvariants
{
    private readonly World _world;
    private readonly Dictionary<(ModelledMembership Front, long Version), (ExpertPlacement Placement, ModelledMembership By)> _published = [];
    private readonly Dictionary<ModelledMembership, long> _adopted = [];
    private readonly Dictionary<ModelledMembership, List<ModelledMembership>> _followed = [];

    public PlacementInvariants(World world)
    {
        _world = world;
        world.Control.Arrived += Arrived;
        world.Control.Sent += Sent;
    }

    private void Arrived(ModelledMembership from, ModelledMembership to, object message)
    {
        if (message is not PublishPlacement { Placement: var placement })
            return;
        if (placement.Experts.Length != SimulatedModel.AllExperts)
            _world.Break($"{from} published {placement}, which places {placement.Experts.Length} of {SimulatedModel.AllExperts} experts");
        _published[(to, placement.Version)] = (placement, from);
    }

    private void Sent(ModelledMembership from, ModelledMembership to, object message)
    {
        if (message is not PlacementAdopted adopted || !_published.TryGetValue((from, adopted.Version), out var published))
            return;
        var before = _adopted.GetValueOrDefault(from);
        if (adopted.Version < before)
            _world.Break($"{from} goes back from placement {before} to {adopted.Version}");
        if (adopted.Version <= before)
            return;
        _adopted[from] = adopted.Version;
        Follows(from, published.By, adopted.Version);

        // Whom the coordinator has given up it waits for no longer, and a node that follows another one it does not tell what to hold.
        if (!published.By.IsMember || !published.By.Counts(from))
            return;
        foreach (var node in _world.InRole(ProcessRole.Node).Select(node => node.Membership).Where(node => node.Listens && node.OldestSeed?.Uid == published.By.Uid))
        {
            foreach (var expert in published.Placement.ExpertsOf(node.Id))
            {
                if (!node.Process.Model.Holds(expert))
                    _world.Break($"{from} routes by placement {adopted.Version}, which puts expert {expert} on {node}, which does not hold it");
            }
        }
    }

    private void Follows(ModelledMembership front, ModelledMembership coordinator, long version)
    {
        if (!_followed.TryGetValue(front, out var followed))
            _followed[front] = followed = [];
        if (followed.Count > 0 && followed[^1] == coordinator)
            return;
        if (followed.Contains(coordinator))
            _world.Break($"{front} routes by placement {version} of {coordinator}, after {followed[^1]} had spoken: two coordinators take turns");
        followed.Add(coordinator);
    }
}
