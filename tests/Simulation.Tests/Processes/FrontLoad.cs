using Akka.Actor;
using MoE.Gating;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>A front's engine: sends batches through the layers, and compares each layer's every contribution and sum with one process's.</summary>
internal sealed class FrontLoad(World world, SimulatedProcess process, FrontReadiness readiness, IActorRef gating, IActorRef dispatcher)
{
    private static readonly LocalMoELayer[] s_oracles = [.. Enumerable.Range(0, SimulatedModel.NumLayers).Select(SimulatedModel.Oracle)];
    private readonly List<Request> _running = [];
    private readonly Stack<DispatchBuffers> _idle = [];
    private ulong _lastDispatchId;

    public SimulatedProcess Process => process;

    public FrontReadiness Readiness => readiness;

    public int Served { get; private set; }

    public int Failed { get; private set; }

    public int Running => _running.Count;

    /// <summary>The error of the last request that failed.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>Sends requests one after the other until the time is over.</summary>
    public void Generate(TimeSpan until)
    {
        if (!process.Alive || world.Loop.Now >= until)
            return;
        process.Run(() =>
        {
            // A front that is not ready answers 503; one in four slips through before it knows.
            if (_running.Count < 3 && (readiness.Ready || world.Loop.OneIn(4)))
                Start();
        });
        world.Loop.After(world.Loop.Between(20, 600), () => Generate(until));
    }

    public void Start()
    {
        var rows = new ActivationRows();
        rows.Reset(world.Loop.Random.Next(1, 5), SimulatedModel.HiddenSize);
        foreach (ref var value in rows.Data)
            value = world.Loop.Random.NextSingle() - 0.5f;
        var request = new Request(rows, SimulatedModel.NumLayers * world.Loop.Random.Next(1, 3));
        _running.Add(request);
        Next(request);
    }

    /// <summary>Takes up what has ended.</summary>
    public void Poll()
    {
        if (process.Frozen)
            return;
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            var request = _running[i];
            if (request.Handle!.Ended)
                Take(request);
            else
                CheckBound(request);
        }
    }

    private void Next(Request request)
    {
        var layer = request.Step % SimulatedModel.NumLayers;
        request.Handle = new DispatchHandle(++_lastDispatchId, layer, request.Rows, _idle.TryPop(out var buffers) ? buffers : new DispatchBuffers());
        request.Started = world.Loop.Now;
        request.Hangs = process.Hangs;
        dispatcher.Tell(new ExpectDispatch(request.Handle), ActorRefs.NoSender);
        gating.Tell(new RouteTokens(request.Handle.DispatchId, layer, request.Rows, request.Handle.Buffers.Routing, dispatcher), ActorRefs.NoSender);
    }

    private void Take(Request request)
    {
        using var handle = request.Handle!;
        Contributions contributions;
        try
        {
            contributions = handle.Wait(TimeSpan.Zero);
        }
        catch (ExpertsUnavailableException exception)
        {
            world.Trace.Add("failed", process.Name);
            world.Trace.Note(exception.Message);
            LastError = exception.Message;
            Failed++;
            _running.Remove(request);
            return;
        }

        var output = new float[request.Rows.Data.Length];
        Check(handle, contributions, output);
        handle.Dispose();
        _idle.Push(handle.Buffers);
        if (++request.Step == request.Steps)
        {
            world.Trace.Add("served", process.Name);
            Served++;
            _running.Remove(request);
            return;
        }

        for (var i = 0; i < output.Length; i++)
            request.Rows.Data[i] = MathF.Tanh(request.Rows.Data[i] + output[i]);
        Next(request);
    }

    /// <summary>Every contribution and the sum, bit for bit.</summary>
    private void Check(DispatchHandle handle, Contributions contributions, float[] output)
    {
        var permutation = contributions.Permutation;
        for (var group = 0; group < permutation.Experts.Length; group++)
        {
            var tokens = permutation.TokensOf(group);
            for (var i = 0; i < tokens.Length; i++)
            {
                var expert = new ExpertId(handle.Layer, permutation.Experts[group]);
                var expected = SimulatedModel.Contribution(expert, handle.Hidden.Row(tokens[i]));
                if (!contributions.Pair(permutation.FirstPair(group) + i).SequenceEqual(expected))
                    world.Invariants.Break($"{process}, dispatch {handle.DispatchId}: expert {expert}'s contribution to token {tokens[i]} is not its own");
            }
        }

        ExpertCombine.Sum(SimulatedModel.Pool, contributions.Routing, permutation, contributions, SimulatedModel.HiddenSize, output);
        var local = new float[output.Length];
        s_oracles[handle.Layer].Forward(handle.Hidden, local, null);
        if (!output.AsSpan().SequenceEqual(local))
            world.Invariants.Break($"{process}, dispatch {handle.DispatchId} of layer {handle.Layer}: the sum differs from one process's");
    }

    private void CheckBound(Request request)
    {
        // A hang stops the front's own clock's effect; only time without one counts.
        if (request.Hangs != process.Hangs)
        {
            request.Hangs = process.Hangs;
            request.Started = world.Loop.Now;
        }

        if (world.Loop.Now - request.Started > world.Dispatch.Backstop)
            world.Invariants.Break($"{process}: dispatch {request.Handle!.DispatchId} of layer {request.Handle.Layer} does not end");
    }

    private sealed class Request(ActivationRows rows, int steps)
    {
        public ActivationRows Rows => rows;

        public int Steps => steps;

        public int Step { get; set; }

        public DispatchHandle? Handle { get; set; }

        public TimeSpan Started { get; set; }

        public int Hangs { get; set; }
    }
}
