namespace MoE.Simulation.Tests;

/// <summary>Which kinds of faults a seed has, and when: something goes wrong every now and then.</summary>
internal sealed class FaultMix(World world)
{
    private Action[] _kinds = [];

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool Over { get; private set; }

    private SimulationLoop Loop => world.Loop;

    /// <param name="all">Every kind; some of them are the seed's, so that each also occurs without the others.</param>
    /// <param name="until">When faults end.</param>
    /// <param name="least">Least pace, in milliseconds: half of the longest time between two faults.</param>
    /// <param name="most">Bound of the pace.</param>
    public void Begin(IReadOnlyList<Action> all, TimeSpan until, int least, int most)
    {
        _kinds = [.. all.Where(_ => Loop.OneIn(3))];
        if (_kinds.Length == 0)
            _kinds = [all[Loop.Random.Next(all.Count)]];
        var pace = Loop.Random.Next(least, most);
        Next();

        void Next() => Loop.After(Loop.Between(10, 2 * pace), () =>
        {
            if (Over || Loop.Now >= until)
                return;
            _kinds[Loop.Random.Next(_kinds.Length)]();
            Next();
        });
    }

    public void End() => Over = true;

    /// <summary>Something happens within a while, unless faults are over before.</summary>
    public void Later(double from, double to, Action action) => Loop.After(Loop.Between(from, to), () =>
    {
        if (!Over)
            action();
    });

    /// <summary>A machine's process is started again within a while, mostly with what it remembered.</summary>
    public void Restart(Machine machine, double from, double to)
    {
        var keepsFile = KeepsFile();
        Later(from, to, () =>
        {
            if (!machine.Runs)
                world.StartProcess(machine, keepsFile);
        });
    }

    public bool KeepsFile() => !Loop.OneIn(4);
}
