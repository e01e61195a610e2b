using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>Start, faults, healing, and the proof that everything works again: one seed from beginning to end.</summary>
internal static class Simulation
{
    private static readonly TimeSpan s_faults = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(3);

    /// <summary>Runs a seed.</summary>
    /// <inheritdoc cref="SeedRun"/>
    /// <exception cref="SimulationException">A promise was broken.</exception>
    public static SimulationResult Run(ActorSystem system, int seed, int traceLines = 0, Action<Trace>? begun = null)
    {
        var world = new World(system, seed, traceLines);
        begun?.Invoke(world.Trace);
        try
        {
            Populate(world);
            var faults = new Faults(world);
            foreach (var front in world.Fronts)
                front.Generate(s_faults);
            faults.Begin(s_faults);
            world.RunUntil(s_faults);
            faults.Heal();
            Recover(world);
            Serve(world);
            return new SimulationResult(
                world.Trace.Hash, world.Trace.Events, world.Fronts.Sum(front => front.Served), world.Fronts.Sum(front => front.Failed));
        }
        finally
        {
            world.End();
        }
    }

    private static void Populate(World world)
    {
        var random = world.Loop.Random;
        world.StartSeed();
        if (random.Next(3) == 0)
            world.StartSeed();
        var nodes = random.Next(2, 6);
        var least = (SimulatedModel.AllExperts + nodes - 1) / nodes;
        for (var i = 0; i < nodes; i++)
            world.StartNode(random.Next(least, SimulatedModel.AllExperts + 2));
        for (var i = random.Next(1, 3); i > 0; i--)
            world.StartFront();
    }

    private static void Recover(World world)
    {
        var calmSince = TimeSpan.MaxValue;
        var recovered = world.RunUntil(world.Loop.Now + s_recovery, () =>
        {
            var ready = world.Fronts.TrueForAll(front => front.Readiness.Ready && front.Running == 0);
            calmSince = !ready ? TimeSpan.MaxValue : calmSince == TimeSpan.MaxValue ? world.Loop.Now : calmSince;
            return ready && world.Loop.Now - calmSince >= s_calm;
        });
        if (!recovered)
        {
            throw new SimulationException($"{s_recovery.TotalSeconds} s after the faults: " + string.Join("; ", world.Fronts.Select(front =>
                $"{front.Process} is {(front.Readiness.Ready ? "ready" : $"not ready ({front.Readiness.Reason})")}, {front.Running} requests run")));
        }
    }

    private static void Serve(World world)
    {
        foreach (var front in world.Fronts)
        {
            var (served, failed) = (front.Served, front.Failed);
            for (var i = 0; i < 3; i++)
                front.Start();
            world.RunUntil(world.Loop.Now + world.Dispatch.Backstop, () => front.Running == 0);
            if (front.Served != served + 3)
                throw new SimulationException($"{front.Process} is ready and served {front.Served - served} of 3 requests, {front.Failed - failed} failed: {front.LastError}");
        }
    }
}

/// <summary>What a seed came to.</summary>
internal sealed record SimulationResult(ulong TraceHash, long Events, int Served, int Failed);
