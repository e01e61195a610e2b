using Akka.Configuration;
using MoE.ExpertActors;
using MoE.Host;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>The product's settings, as configured; what an operator may choose the seed chooses.</summary>
internal sealed record WorldSettings(
    DispatchSettings Dispatch, FrontSettings Front, ExpertNodeSettings Node, CoordinatorSettings Coordinator, MembershipSettings Membership, TimeSpan AskModel)
{
    public static WorldSettings Draw(SimulationLoop loop, Config config)
    {
        var dispatch = DispatchSettings.Read(config) with { ReplicaSelection = loop.OneIn(2) ? ReplicaSelectionPolicies.Primary : ReplicaSelectionPolicies.LeastTime };
        var coordinator = CoordinatorSettings.Read(config) with { MinNodes = loop.Random.Next(1, 3), Goals = new PlacementGoals(loop.Random.Next(1, 3), 3) };
        if (loop.OneIn(2))
            coordinator = coordinator with { Balance = coordinator.Balance with { Interval = TimeSpan.FromSeconds(5), MinTokens = 20 } };
        return new WorldSettings(
            dispatch, FrontSettings.Read(config), ExpertNodeSettings.Read(config), coordinator, MembershipSettings.Read(config),
            WeightsSettings.Read(config).RetryInterval);
    }
}
