namespace MoE.Simulation.Tests;

/// <summary>A process's clock over the loop's virtual time: its timers wait while it hangs and are lost with it.</summary>
/// <param name="loop">Virtual time.</param>
/// <param name="run">Runs something in the process, now or when it runs again.</param>
internal sealed class SimulatedTime(SimulationLoop loop, Action<Action> run) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => loop.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => SimulationLoop.Start + loop.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(loop, run, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimulationLoop loop, Action<Action> run, Action callback) : ITimer
    {
        private int _changes;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var change = ++_changes;
            if (dueTime != Timeout.InfiniteTimeSpan)
                loop.After(dueTime, () => run(() => Fire(change, period)));
            return true;
        }

        public void Dispose() => _changes++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int change, TimeSpan period)
        {
            if (change != _changes)
                return;
            if (period > TimeSpan.Zero)
                loop.After(period, () => run(() => Fire(change, period)));
            callback();
        }
    }
}
