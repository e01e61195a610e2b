namespace MoE.Simulation.Tests;

/// <summary>Which kinds of faults a seed has, and when: something goes wrong every now and then.</summary>
internal sealed class FaultMix
{
    private readonly SimulationLoop _loop;
    private readonly Action[] _kinds;

    /// <param name="loop">The seed's.</param>
    /// <param name="all">Every kind; some of them are the seed's.</param>
    public FaultMix(SimulationLoop loop, Action[] all)
    {
        _loop = loop;
        _kinds = [.. all.Where(_ => loop.OneIn(3))];
        if (_kinds.Length == 0)
            _kinds = [all[loop.Random.Next(all.Length)]];
    }

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool Over { get; private set; }

    /// <param name="until">When faults end.</param>
    /// <param name="least">Least pace, in milliseconds: half of the longest time between two faults.</param>
    /// <param name="most">Bound of the pace.</param>
    public void Begin(TimeSpan until, int least, int most)
    {
        var pace = _loop.Random.Next(least, most);
        Next();

        void Next() => _loop.After(_loop.Between(10, 2 * pace), () =>
        {
            if (Over || _loop.Now >= until)
                return;
            _kinds[_loop.Random.Next(_kinds.Length)]();
            Next();
        });
    }

    public void End() => Over = true;
}
