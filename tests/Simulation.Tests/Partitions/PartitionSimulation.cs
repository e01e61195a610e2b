using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>Start, faults of the network and of processes, healing, and the proof that there is one cluster again: one seed.</summary>
internal static class PartitionSimulation
{
    private static readonly TimeSpan s_faults = TimeSpan.FromSeconds(60), s_recovery = TimeSpan.FromSeconds(120), s_calm = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a seed.</summary>
    /// <inheritdoc cref="SeedRun"/>
    /// <exception cref="SimulationException">A promise was broken.</exception>
    public static PartitionResult Run(ActorSystem system, int seed, int traceLines = 0, Action<Trace>? begun = null)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var world = new PartitionWorld(system, seed, traceLines);
        begun?.Invoke(world.Trace);
        try
        {
            Populate(world);
            _ = new PartitionInvariants(world);
            Unite(world, "the start");
            var faults = new NetworkFaults(world);
            faults.Begin(world.Loop.Now + s_faults);
            world.RunUntil(world.Loop.Now + s_faults);
            faults.Heal();
            var healed = world.Loop.Now;
            Unite(world, "the faults");
            return new PartitionResult(world.Trace.Hash, world.Trace.Events, world.Loop.Now - healed - s_calm);
        }
        finally
        {
            world.End();
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static void Populate(PartitionWorld world)
    {
        var random = world.Loop.Random;
        var seeds = random.Next(1, 4);
        var addresses = Enumerable.Range(1, seeds).Select(Machine.AddressOf).ToList();
        for (var i = 0; i < seeds; i++)
            Add(ProcessRole.Seed, i == 0 ? [] : addresses[..1]);
        for (var i = random.Next(1, 4); i > 0; i--)
            Add(ProcessRole.Node, random.Next(2) == 0 ? addresses[..1] : addresses);
        for (var i = random.Next(1, 4); i > 0; i--)
            Add(ProcessRole.Front, random.Next(2) == 0 ? addresses[..1] : addresses);

        void Add(ProcessRole role, IReadOnlyList<Address> told)
        {
            var machine = new Machine(world.Machines.Count + 1, role, told);
            world.Machines.Add(machine);
            world.StartProcess(machine, keepsFile: true);
        }
    }

    /// <summary>Everybody who runs is up in one cluster, and every front serves by its coordinator's word.</summary>
    private static void Unite(PartitionWorld world, string after)
    {
        var (since, next) = (TimeSpan.MaxValue, TimeSpan.Zero);
        var united = world.RunUntil(world.Loop.Now + s_recovery, () =>
        {
            if (world.Loop.Now < next)
                return false;
            next = world.Loop.Now + s_look;
            since = !IsOne(world) ? TimeSpan.MaxValue : since == TimeSpan.MaxValue ? world.Loop.Now : since;
            return since != TimeSpan.MaxValue && world.Loop.Now - since >= s_calm;
        });
        if (!united)
            throw new SimulationException($"{s_recovery.TotalSeconds} s after {after}: " + string.Join("; ", world.Alive.Select(process => Describe(world, process))));
    }

    private static bool IsOne(PartitionWorld world)
    {
        var alive = world.Alive.ToList();
        var uids = alive.Select(process => process.Membership.Uid).ToHashSet();
        return alive.TrueForAll(process => process.Membership.IsUp && uids.SetEquals(process.Membership.UpMembers.Select(member => member.Uid))
            && (process.Machine.Role != ProcessRole.Front || process.ServedBy is { IsUp: true }));
    }

    private static string Describe(PartitionWorld world, PartitionProcess process) => process.Membership.IsUp
        ? $"{process} is up with {string.Join(", ", process.Membership.UpMembers.Select(world.NameOf))}{(process.ServedBy is { } by ? $", served by {by.Process}" : "")}"
        : $"{process} is in no cluster";
}

/// <summary>What a seed came to.</summary>
internal sealed record PartitionResult(ulong TraceHash, long Events, TimeSpan Recovery);
