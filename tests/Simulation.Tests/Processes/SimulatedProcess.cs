using Akka.Actor;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>
/// One operating system process: what reaches it from outside waits while it hangs and is lost once it is dead. Inside, an
/// instant takes no time, so that freezing the borders freezes the whole.
/// </summary>
internal sealed class SimulatedProcess
{
    private readonly Queue<Action> _waiting = new();

    public SimulatedProcess(World world, int index, ProcessRole role)
    {
        Index = index;
        Role = role;
        Name = $"{role.ToString().ToLowerInvariant()}{index}";
        Id = new NodeId($"10.0.0.{index}:1#{index}");
        Address = new Address("akka.tcp", "moe", $"10.0.0.{index}", 1);
        Queue = new SimulatedQueue(world.Loop, this);
    }

    public int Index { get; }

    public ProcessRole Role { get; }

    public string Name { get; }

    public NodeId Id { get; }

    public Address Address { get; }

    public bool Alive { get; private set; } = true;

    public bool Frozen { get; private set; }

    /// <summary>Whether it was asked to leave.</summary>
    public bool Leaving { get; set; }

    /// <summary>Counts up with every hang, so that what was meant for one does not touch the next.</summary>
    public int Hangs { get; private set; }

    public SimulatedQueue Queue { get; }

    public SimulatedModel Model { get; } = new();

    /// <summary>Whether the cluster may have learnt not to trust it.</summary>
    public bool Suspect { get; set; }

    /// <summary>How its answers are falsified.</summary>
    public AnswerFault AnswerFault { get; set; }

    /// <summary>Processes that this one has seen removed from the cluster.</summary>
    public HashSet<SimulatedProcess> Removed { get; } = [];

    /// <summary>Actors that live as long as the process.</summary>
    public List<IActorRef> Actors { get; } = [];

    public IActorRef Locator { get; set; } = ActorRefs.Nobody;

    /// <summary>The actor of its role: coordinator, expert node or front.</summary>
    public IActorRef Main { get; set; } = ActorRefs.Nobody;

    /// <summary>Most bytes of experts, for an expert node.</summary>
    public long Budget { get; init; }

    /// <summary>Compute threads that it says it has.</summary>
    public int Threads { get; init; } = 1;

    public bool Running => Alive && !Frozen;

    /// <summary>Something reaches the process from outside.</summary>
    public void Run(Action action)
    {
        if (Running)
            action();
        else if (Alive)
            _waiting.Enqueue(action);
    }

    public void Freeze()
    {
        Frozen = true;
        Hangs++;
    }

    public void Resume()
    {
        Frozen = false;
        while (Running && _waiting.TryDequeue(out var action))
            action();
    }

    public void Kill(ActorSystem system)
    {
        Alive = false;
        Frozen = false;
        _waiting.Clear();
        foreach (var actor in Actors)
            system.Stop(actor);
    }

    public override string ToString() => Name;
}

/// <summary>What a process is there for.</summary>
internal enum ProcessRole
{
    Seed,
    Node,
    Front,
}

/// <summary>How a node's answers go wrong.</summary>
internal enum AnswerFault
{
    None,

    /// <summary>A value that is no number.</summary>
    NotANumber,

    /// <summary>A row less.</summary>
    WrongShape,

    /// <summary>The computation fails.</summary>
    Refuses,
}
