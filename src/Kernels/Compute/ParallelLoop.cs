namespace MoE.Kernels;

/// <summary>
/// One <see cref="ComputePool.For{TState}"/> under way: threads take its items from one counter. It is used again, by the next
/// loop of its kind, once every thread that joined it has left.
/// </summary>
internal abstract class ParallelLoop
{
    /// <summary>Looks of the caller before it sleeps until the others have ended, at least: their last items take microseconds.</summary>
    private const int LeastLooks = 10;

    private readonly ThreadGate _ended = new();
    private AdaptiveSpin _spin = new(LeastLooks);
    private int _count;
    private int _helpers;
    private int _inside;
    private int _next;
    private int _unfinished;
    private Exception? _failure;

    /// <summary>Whether items are left to take.</summary>
    public bool HasItems => Volatile.Read(ref _next) < _count;

    /// <summary>How many more threads may take items. Holding the pool's lock.</summary>
    public int OpenPlaces => HasItems ? _helpers : 0;

    /// <summary>
    /// Whether one more thread may take items: more than there are processors would take turns with the caller. Holding the
    /// pool's lock, as long as the caller has the loop in the pool's list.
    /// </summary>
    public bool TryJoin()
    {
        if (_helpers == 0)
            return false;
        _helpers--;
        Interlocked.Increment(ref _inside);
        return true;
    }

    /// <summary>Called by each thread that was in the loop, the caller too, as the last thing it does with it.</summary>
    /// <returns>Whether nobody is left: the loop is free.</returns>
    public bool Leave()
    {
        if (Interlocked.Decrement(ref _inside) > 0)
            return false;
        _failure = null;
        Clear();
        return true;
    }

    /// <summary>Takes items until none is left. After a failure the rest is counted but not run.</summary>
    public void Work()
    {
        for (var item = Take(); item < _count; item = Take())
        {
            try
            {
                if (Volatile.Read(ref _failure) is null)
                    Run(item);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failure, exception, null);
            }

            if (Interlocked.Decrement(ref _unfinished) == 0)
                _ended.Open();
        }
    }

    /// <summary>Waits for the items that other threads took, and throws what the first failing one threw.</summary>
    public void Join()
    {
        _spin.Until(this, static loop => Volatile.Read(ref loop._unfinished) == 0);
        while (Volatile.Read(ref _unfinished) > 0)
            _ended.Wait();

        if (_failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <param name="count">Items, at least 1.</param>
    /// <param name="helpers">Threads that may join the caller.</param>
    protected void Begin(int count, int helpers)
    {
        _count = count;
        _helpers = helpers;
        _inside = 1;
        _unfinished = count;
        Volatile.Write(ref _next, 0);
    }

    /// <summary>Runs the body for an item.</summary>
    protected abstract void Run(int item);

    /// <summary>Lets go of the body and what it reads.</summary>
    protected abstract void Clear();

    private int Take() => HasItems ? Interlocked.Increment(ref _next) - 1 : _count;
}

/// <summary>A loop whose body reads a <typeparamref name="TState"/>.</summary>
internal sealed class ParallelLoop<TState> : ParallelLoop
{
    private Action<int, TState>? _body;
    private TState _state = default!;

    /// <param name="count">Items, at least 1.</param>
    /// <param name="state">What the body reads.</param>
    /// <param name="body">Called once for each of 0 to count - 1.</param>
    /// <param name="helpers">Threads that may join the caller.</param>
    public void Begin(int count, in TState state, Action<int, TState> body, int helpers)
    {
        _state = state;
        _body = body;
        Begin(count, helpers);
    }

    protected override void Run(int item) => _body!(item, _state);

    protected override void Clear()
    {
        _body = null;
        _state = default!;
    }
}
