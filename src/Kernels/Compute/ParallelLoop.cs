namespace MoE.Kernels;

/// <summary>One <see cref="ComputePool.For"/> under way: threads take its items from one counter.</summary>
internal sealed class ParallelLoop
{
    private readonly Action<int> _body;
    private readonly int _count;
    private readonly object _ended = new();
    private int _helpers;
    private int _next;
    private int _unfinished;
    private Exception? _failure;

    /// <param name="count">Items, at least 1.</param>
    /// <param name="body">Called once for each of 0 to count - 1.</param>
    /// <param name="helpers">Threads that may join the caller.</param>
    public ParallelLoop(int count, Action<int> body, int helpers)
    {
        _helpers = helpers;
        _count = count;
        _body = body;
        _unfinished = count;
    }

    /// <summary>Whether items are left to take.</summary>
    public bool HasItems => Volatile.Read(ref _next) < _count;

    /// <summary>Whether one more thread may take items: more than there are processors would take turns with the caller.</summary>
    public bool TryJoin() => Interlocked.Decrement(ref _helpers) >= 0;

    /// <summary>Takes items until none is left. After a failure the rest is counted but not run.</summary>
    public void Work()
    {
        for (var item = Take(); item < _count; item = Take())
        {
            try
            {
                if (Volatile.Read(ref _failure) is null)
                    _body(item);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failure, exception, null);
            }

            if (Interlocked.Decrement(ref _unfinished) == 0)
                SignalEnd();
        }
    }

    /// <summary>Waits for the items that other threads took, and throws what the first failing one threw.</summary>
    public void Join()
    {
        var spinner = new SpinWait();
        while (Volatile.Read(ref _unfinished) > 0 && !spinner.NextSpinWillYield)
            spinner.SpinOnce();
        lock (_ended)
        {
            while (Volatile.Read(ref _unfinished) > 0)
                Monitor.Wait(_ended);
        }

        if (_failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    private void SignalEnd()
    {
        lock (_ended)
            Monitor.PulseAll(_ended);
    }

    private int Take() => HasItems ? Interlocked.Increment(ref _next) - 1 : _count;
}
