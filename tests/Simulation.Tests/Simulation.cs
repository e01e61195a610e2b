using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>Start, faults, healing, and the proof that there is one cluster that serves again and that lets go whoever was to leave: one seed from beginning to end.</summary>
internal static class Simulation
{
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(120), s_calm = TimeSpan.FromSeconds(3), s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a seed.</summary>
    /// <param name="system">Serves one simulation after the other.</param>
    /// <param name="scenario">What it is about.</param>
    /// <param name="seed">Everything follows from it.</param>
    /// <param name="traceLines">Lines of the trace to keep.</param>
    /// <param name="begun">Gets the trace before anything can fail.</param>
    /// <exception cref="SimulationException">A promise was broken.</exception>
    public static SimulationResult Run(ActorSystem system, Scenario scenario, int seed, int traceLines = 0, Action<Trace>? begun = null)
    {
        // What awaits goes on at once, on the loop's thread.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var world = new World(system, seed, traceLines);
        begun?.Invoke(world.Trace);
        try
        {
            var population = new Population(world);
            scenario.Populate(population);
            _ = new MembershipInvariants(world);
            _ = new PlacementInvariants(world);
            _ = new CoordinatorInvariants(world);
            if (scenario.BeginsUnited)
                Unite(world, "the start");
            var healed = Suffer(world, scenario, population);
            Unite(world, "the faults");
            var recovery = world.Loop.Now - healed - s_calm;
            Serve(world);
            Depart(world);
            return new SimulationResult(world.Trace.Hash, world.Trace.Events, world.Served, world.Failed, recovery);
        }
        finally
        {
            world.End();
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static TimeSpan Suffer(World world, Scenario scenario, Population population)
    {
        var until = world.Loop.Now + scenario.Duration;
        var mix = new FaultMix(world);
        foreach (var front in world.Fronts)
            front.Generate(until, scenario.Pause);
        scenario.Begin(world, population, mix);
        world.RunUntil(until);
        Healing.Heal(world, population, mix);
        return world.Loop.Now;
    }

    /// <summary>Everybody who runs is up in one cluster, every front can serve, and no request is left.</summary>
    private static void Unite(World world, string after)
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

    private static bool IsOne(World world)
    {
        var alive = world.Alive.ToList();
        var uids = alive.Select(process => process.Membership.Uid).ToHashSet();
        return alive.TrueForAll(process => process.Membership.IsUp && uids.SetEquals(process.Membership.UpMembers.Select(member => member.Uid))
            && process.Front is null or { Readiness.Ready: true, Running: 0 });
    }

    private static string Describe(World world, SimulatedProcess process)
    {
        var cluster = process.Membership.IsUp
            ? $"{process.Membership} is up with {string.Join(", ", process.Membership.UpMembers.Select(world.NameOf))}"
            : $"{process.Membership} is in no cluster";
        return process.Front is not { } front
            ? cluster
            : $"{cluster}, {(front.Readiness.Ready ? "ready" : $"not ready ({front.Readiness.Reason})")}, {front.Running} requests run";
    }

    /// <summary>Whoever was told to end has ended, and the others serve on.</summary>
    private static void Depart(World world)
    {
        if (!Leaving(world).Any())
            return;
        if (!world.RunUntil(world.Loop.Now + s_recovery, () => !Leaving(world).Any()))
        {
            throw new SimulationException(
                $"{s_recovery.TotalSeconds} s after there was one cluster, told to end and still there: " + string.Join("; ", Leaving(world).Select(process => Describe(world, process))));
        }

        Unite(world, "the departures");
        Serve(world);
    }

    private static IEnumerable<SimulatedProcess> Leaving(World world) => world.Alive.Where(process => process.Leaving);

    /// <summary>A front that was told to end, and ends whenever it has had its time, gets no requests any more.</summary>
    private static void Serve(World world)
    {
        foreach (var front in world.Fronts.Where(front => !front.Process.Leaving).ToList())
        {
            var served = front.Served;
            for (var i = 0; i < 3; i++)
                front.Start();
            world.RunUntil(world.Loop.Now + world.Settings.Dispatch.Backstop, () => front.Running == 0);
            if (front.Served != served + 3)
                throw new SimulationException($"{front.Process} is ready and served {front.Served - served} of 3 requests: {front.LastError}");
        }
    }
}

/// <summary>What a seed came to.</summary>
internal sealed record SimulationResult(ulong TraceHash, long Events, int Served, int Failed, TimeSpan Recovery);
