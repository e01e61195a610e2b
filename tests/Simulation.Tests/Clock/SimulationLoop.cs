using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;

namespace MoE.Simulation.Tests;

/// <summary>
/// One thread, one clock, one source of chance: everything in a simulation runs here, in an order that the seed decides. Actors
/// with mail run first, in random order, one message each; when none has any, time jumps to the next event.
/// </summary>
internal sealed class SimulationLoop
{
    /// <summary>Runs at one instant before the actors count as sending each other messages for ever.</summary>
    private const int MaxRunsAtOneInstant = 200_000;

    private readonly List<Mailbox> _ready = [];
    private static readonly Comparer<Mailbox> s_byPath = Comparer<Mailbox>.Create((a, b) => Compare(ActorOf(a).Self.Path, ActorOf(b).Self.Path));
    private readonly PriorityQueue<Action, (TimeSpan Due, long Order)> _later = new();
    private long _order;
    private int _runsNow;

    public static DateTimeOffset Start { get; } = DateTimeOffset.UnixEpoch;

    public Random Random { get; private set; } = new(0);

    /// <summary>Virtual time since the simulation started.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Hands what is due for an actor over, at once or when its process runs again.</summary>
    public Action<ICanTell, Action> Deliver { get; set; } = (_, action) => action();

    public static SimulationLoop Of(ActorSystem system) => ((SimulatedScheduler)system.Scheduler).Loop;

    /// <summary>Another simulation begins: what was left over has run, what was to come is forgotten.</summary>
    public void Reset(int seed)
    {
        Settle();
        _later.Clear();
        _order = 0;
        Now = TimeSpan.Zero;
        Random = new Random(seed);
    }

    /// <summary>An actor has mail.</summary>
    public void Enqueue(Mailbox mailbox) => _ready.Add(mailbox);

    public void After(TimeSpan delay, Action action) => At(Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero), action);

    public void At(TimeSpan due, Action action) => _later.Enqueue(action, (due, _order++));

    /// <summary>A duration between two, in milliseconds.</summary>
    public TimeSpan Between(double from, double to) => TimeSpan.FromMilliseconds(from + Random.NextDouble() * (to - from));

    /// <summary>Whether something happens, once in so many times.</summary>
    public bool OneIn(int times) => Random.Next(times) == 0;

    /// <summary>Runs one message or one event. False, and the time is <paramref name="until"/>, when nothing is due before.</summary>
    public bool Step(TimeSpan until)
    {
        if (_ready.Count > 0)
        {
            if (++_runsNow > MaxRunsAtOneInstant)
                throw new SimulationException($"at {Now}: actors run without end and time stands still");
            RunAny();
            return true;
        }

        if (_later.TryPeek(out _, out var next) && next.Due <= until)
        {
            if (next.Due > Now)
                _runsNow = 0;
            Now = next.Due;
            _later.Dequeue()();
            return true;
        }

        Now = until;
        return false;
    }

    /// <summary>Runs whatever has mail, with time standing still.</summary>
    public void Settle()
    {
        _runsNow = 0;
        while (_ready.Count > 0)
            RunAny();
    }

    private void RunAny()
    {
        var index = _ready.Count == 1 ? 0 : Random.Next(_ready.Count);
        var mailbox = _ready[index];
        _ready[index] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        var before = _ready.Count;
        mailbox.Run();

        // Akka keeps an actor's children by the hash of their names, which is another one in every process.
        if (_ready.Count > before + 1)
            _ready.Sort(before, _ready.Count - before, s_byPath);
    }

    private static int Compare(ActorPath a, ActorPath b)
    {
        for (; !ReferenceEquals(a, b) && a.Depth == b.Depth && a.Depth > 0; (a, b) = (a.Parent, b.Parent))
        {
            if (string.CompareOrdinal(a.Name, b.Name) is var order and not 0)
                return order;
        }

        return a.Depth.CompareTo(b.Depth);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell ActorOf(Mailbox mailbox);
}
