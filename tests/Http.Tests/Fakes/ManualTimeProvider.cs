namespace MoE.Http.Tests.Fakes;

/// <summary>A clock that moves when a test says so, and tells when somebody begins to wait on it.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly object _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Set)> _awaited = [];
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    /// <summary>Completes when a timer with that due time is pending.</summary>
    public Task WhenWaitedAsync(TimeSpan due)
    {
        lock (_lock)
        {
            var set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_timers.Any(timer => timer.Due == due))
                set.SetResult();
            else
                _awaited.Add((due, set));
            return set.Task;
        }
    }

    public void Advance(TimeSpan by)
    {
        List<ManualTimer> fired;
        lock (_lock)
        {
            _ticks += by.Ticks;
            fired = [.. _timers.Where(timer => timer.At <= _ticks)];
            _timers.RemoveAll(fired.Contains);
        }

        foreach (var timer in fired)
            timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public long At { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = dueTime;
                At = clock._ticks + dueTime.Ticks;
                clock._timers.Add(this);
                foreach (var (due, set) in clock._awaited.Where(awaited => awaited.Due == dueTime))
                    set.TrySetResult();
                clock._awaited.RemoveAll(awaited => awaited.Due == dueTime);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
