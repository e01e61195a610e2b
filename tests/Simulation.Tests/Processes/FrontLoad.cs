using Akka.Actor;
using MoE.Gating;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;
using MoE.Router;

namespace MoE.Simulation.Tests;

/// <summary>
/// A process's front part: an engine's stand-in that sends batches through the layers, over the product's link to whatever cluster it is in
/// now, and compares each layer's every contribution and sum with one process's.
/// </summary>
internal sealed class FrontLoad
{
    private const int MostRunning = 3;
    private const string LostReason = "this front was cut off from the cluster";
    private readonly World _world;
    private readonly SimulatedProcess _process;
    private readonly ClusterLink _link;
    private readonly List<Request> _running = [];
    private readonly LocalMoELayer[] _oracles = [.. Enumerable.Range(0, SimulatedModel.NumLayers).Select(SimulatedModel.Oracle)];

    public FrontLoad(World world, SimulatedProcess process)
    {
        _world = world;
        _process = process;
        _link = new ClusterLink(world.Settings.Dispatch.Backstop);
    }

    public SimulatedProcess Process => _process;

    public FrontReadiness Readiness { get; } = new();

    public int Running => _running.Count;

    /// <summary>Requests that were answered.</summary>
    public int Served { get; private set; }

    /// <summary>The error of the last request that failed.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>The process is in another membership.</summary>
    public void Enter(ModelledMembership membership, IActorRef locator)
    {
        var (gating, dispatcher) = Roles.StartFront(_world, membership, locator, Readiness);
        _link.Connect(gating, dispatcher);
    }

    /// <summary>The membership has ended: as <c>FrontRole</c> does.</summary>
    public void Lost()
    {
        Readiness.Lost(LostReason);
        _link.Disconnect(LostReason);
    }

    /// <summary>Sends requests one after the other until the time is over.</summary>
    /// <param name="until">When there are no more.</param>
    /// <param name="pauseMilliseconds">Longest pause between two.</param>
    public void Generate(TimeSpan until, double pauseMilliseconds)
    {
        if (!_process.Alive || _process.Leaving || _world.Loop.Now >= until)
            return;
        _process.Run(() =>
        {
            // A front that is not ready answers 503; one in four slips through before it knows.
            if (_running.Count < MostRunning && !_process.Leaving && (Readiness.Ready || _world.Loop.OneIn(4)))
                Start();
        });
        _world.Loop.After(_world.Loop.Between(20, pauseMilliseconds), () => Generate(until, pauseMilliseconds));
    }

    public void Start()
    {
        var rows = new ActivationRows();
        rows.Reset(_world.Loop.Random.Next(1, 5), SimulatedModel.HiddenSize);
        foreach (ref var value in rows.Data)
            value = _world.Loop.Random.NextSingle() - 0.5f;
        var request = new Request(rows, SimulatedModel.NumLayers * _world.Loop.Random.Next(1, 3));
        _running.Add(request);
        Next(request);
    }

    /// <summary>Takes up what has ended.</summary>
    public void Poll()
    {
        if (_process.Frozen)
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
        request.Handle = _link.Dispatch(request.Step % SimulatedModel.NumLayers, request.Rows);
        request.Started = _world.Loop.Now;
        request.Hangs = _process.Hangs;
    }

    private void Take(Request request)
    {
        var handle = request.Handle!;
        Contributions contributions;
        try
        {
            contributions = handle.Wait(TimeSpan.Zero);
        }
        catch (ExpertsUnavailableException exception)
        {
            _link.End(handle);
            _world.Trace.Add("failed", _process.Name);
            _world.Trace.Note(exception.Message);
            LastError = exception.Message;
            _world.Failed++;
            _running.Remove(request);
            return;
        }

        var output = new float[request.Rows.Data.Length];
        Check(handle, contributions, output);
        _link.End(handle);
        if (++request.Step == request.Steps)
        {
            _world.Trace.Add("served", _process.Name);
            Served++;
            _world.Served++;
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
                    _world.Break($"{_process}, dispatch {handle.DispatchId}: expert {expert}'s contribution to token {tokens[i]} is not its own");
            }
        }

        ExpertCombine.Sum(SimulatedModel.Pool, contributions.Routing, permutation, contributions, SimulatedModel.HiddenSize, output);
        var local = new float[output.Length];
        _oracles[handle.Layer].Forward(handle.Hidden, local, null);
        if (!output.AsSpan().SequenceEqual(local))
            _world.Break($"{_process}, dispatch {handle.DispatchId} of layer {handle.Layer}: the sum differs from one process's");
    }

    private void CheckBound(Request request)
    {
        // A hang stops the front's own clock's effect; only time without one counts.
        if (request.Hangs != _process.Hangs)
        {
            request.Hangs = _process.Hangs;
            request.Started = _world.Loop.Now;
        }

        if (_world.Loop.Now - request.Started > _world.Settings.Dispatch.Backstop)
            _world.Break($"{_process}: dispatch {request.Handle!.DispatchId} of layer {request.Handle.Layer} does not end");
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
