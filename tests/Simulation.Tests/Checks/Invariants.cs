using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>What must hold at every moment, whatever happens to the processes.</summary>
internal sealed class Invariants
{
    private readonly World _world;
    private readonly Dictionary<(SimulatedProcess Front, long Version), ExpertPlacement> _published = [];
    private readonly Dictionary<SimulatedProcess, long> _adopted = [];
    private string? _broken;

    public Invariants(World world)
    {
        _world = world;
        world.Control.Arrived = Arrived;
        world.Control.Sent = Sent;
    }

    public void Break(string what) => _broken ??= what;

    public void ThrowIfBroken()
    {
        if (_broken is not null)
            throw new SimulationException(_broken);
    }

    private void Arrived(SimulatedProcess from, SimulatedProcess to, object message)
    {
        if (message is not PublishPlacement { Placement: var placement })
            return;
        if (placement.Experts.Length != SimulatedModel.AllExperts)
            Break($"{from} published {placement}, which places {placement.Experts.Length} of {SimulatedModel.AllExperts} experts");
        _published[(to, placement.Version)] = placement;
    }

    /// <summary>A front routes by a newer placement than before: whoever lives of its nodes must hold what it names.</summary>
    private void Sent(SimulatedProcess from, SimulatedProcess to, object message)
    {
        if (message is not PlacementAdopted adopted || !_published.TryGetValue((from, adopted.Version), out var placement))
            return;
        if (_adopted.TryGetValue(from, out var before) && before >= adopted.Version)
            return;
        _adopted[from] = adopted.Version;
        foreach (var node in _world.Alive(ProcessRole.Node))
        {
            foreach (var expert in placement.ExpertsOf(node.Id))
            {
                if (!node.Model.Holds(expert))
                    Break($"{from} routes by placement {adopted.Version}, which puts expert {expert} on {node}, which does not hold it");
            }
        }
    }
}
