namespace MoE.Simulation.Tests;

/// <summary>One way of a connection: bytes in order, which wait while the network is cut, as TCP's do.</summary>
/// <param name="world">The simulation.</param>
/// <param name="from">Where they come from.</param>
/// <param name="to">Where they go.</param>
/// <param name="arrives">Takes them there.</param>
internal sealed class LaneWay(World world, Machine from, Machine to, Action<object> arrives)
{
    private readonly Queue<(TimeSpan Due, object Message)> _underWay = new();
    private TimeSpan _last;

    /// <param name="message">What is sent.</param>
    /// <param name="slackMilliseconds">How much longer than usual it may take.</param>
    public void Put(object message, double slackMilliseconds)
    {
        var due = world.Loop.Now + world.Loop.Between(0.05, 2 + slackMilliseconds);
        _last = due > _last ? due : _last;
        _underWay.Enqueue((_last, message));
        if (_underWay.Count == 1)
            world.Loop.At(_last, Deliver);
    }

    private void Deliver()
    {
        if (!world.Cables.Passes(from, to))
        {
            // The next retransmission.
            world.Loop.After(world.Loop.Between(200, 1_000), Deliver);
            return;
        }

        arrives(_underWay.Dequeue().Message);
        if (_underWay.TryPeek(out var next))
            world.Loop.At(next.Due, Deliver);
    }
}
