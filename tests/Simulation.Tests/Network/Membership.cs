using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>
/// The cluster's membership as an oracle with the delays of the real one: a process is up a while after it starts, a dead one is
/// unreachable, down and removed one after the other, a hanging one is unreachable until it returns and never removed. Every
/// process hears of it in order, each in its own time.
/// </summary>
internal sealed class Membership(World world)
{
    private readonly List<SimulatedProcess> _members = [];
    private readonly Dictionary<SimulatedProcess, TimeSpan> _lastNews = [];
    private readonly HashSet<SimulatedProcess> _unreachable = [];

    /// <summary>By age, oldest first.</summary>
    public IReadOnlyList<SimulatedProcess> Members => _members;

    public void Join(SimulatedProcess process) => world.Loop.After(world.Loop.Between(150, 1_500), () =>
    {
        if (!process.Alive)
            return;
        if (process.Frozen || (process.Role != ProcessRole.Seed && !_members.Exists(member => member.Role == ProcessRole.Seed)))
        {
            // Only a seed lets others in.
            Join(process);
            return;
        }

        foreach (var member in _members)
            Tell(process, new Up(member));
        _members.Add(process);
        Broadcast(new Up(process));
    });

    /// <summary>The process's port is closed: proven dead.</summary>
    public void Crashed(SimulatedProcess process) => world.Loop.After(world.Loop.Between(300, 4_000), () =>
    {
        if (!_members.Contains(process))
            return;
        Broadcast(new Unreachable(process));
        world.Loop.After(world.Loop.Between(100, 1_500), () => Remove(process, down: true));
    });

    /// <summary>The process said goodbye.</summary>
    public void Left(SimulatedProcess process) => Remove(process, down: false);

    public void Froze(SimulatedProcess process)
    {
        var hang = process.Hangs;
        world.Loop.After(world.Loop.Between(3_000, 3_600), () =>
        {
            if (!process.Frozen || process.Hangs != hang || !_members.Contains(process) || !_unreachable.Add(process))
                return;
            Broadcast(new Unreachable(process));
        });
    }

    public void Resumed(SimulatedProcess process) => world.Loop.After(world.Loop.Between(100, 600), () =>
    {
        if (process.Running && _members.Contains(process) && _unreachable.Remove(process))
            Broadcast(new Reachable(process));
    });

    private void Remove(SimulatedProcess process, bool down)
    {
        if (!_members.Contains(process))
            return;
        if (down)
            Broadcast(new Down(process));
        world.Loop.After(world.Loop.Between(100, 1_000), () =>
        {
            if (_members.Remove(process))
                Broadcast(new Removed(process));
        });
    }

    private void Broadcast(News news)
    {
        world.Trace.Add(news.GetType().Name, news.Process.Name);
        foreach (var member in _members)
            Tell(member, news);
    }

    private void Tell(SimulatedProcess viewer, News news)
    {
        var due = world.Loop.Now + world.Loop.Between(5, 400);
        if (_lastNews.TryGetValue(viewer, out var last) && due < last)
            due = last;
        _lastNews[viewer] = due;
        world.Loop.At(due, () => viewer.Run(() =>
        {
            if (news is Removed)
                world.Control.Removed(viewer, news.Process);
            viewer.Locator.Tell(news, ActorRefs.NoSender);
        }));
    }

    /// <summary>What a process hears of another.</summary>
    internal abstract record News(SimulatedProcess Process) : INoSerializationVerificationNeeded;

    internal sealed record Up(SimulatedProcess Process) : News(Process);

    internal sealed record Unreachable(SimulatedProcess Process) : News(Process);

    internal sealed record Reachable(SimulatedProcess Process) : News(Process);

    internal sealed record Down(SimulatedProcess Process) : News(Process);

    internal sealed record Removed(SimulatedProcess Process) : News(Process);
}
