namespace MoE.Kernels;

/// <summary>Which threads of a <see cref="ComputePool"/> sleep, and how many are awake without work. What says "holding the lock" means the pool's.</summary>
internal sealed class IdleThreads
{
    private ComputeThread? _asleep;
    private int _looking;
    private int _woken;

    /// <summary>A thread begins to look for work.</summary>
    public void Look() => Interlocked.Increment(ref _looking);

    /// <summary>A thread has the lock and sees what there is. Holding the lock.</summary>
    /// <param name="looked">Whether it has looked for work; else it was woken.</param>
    public void Arrive(bool looked)
    {
        if (looked)
            Interlocked.Decrement(ref _looking);
        else
            _woken--;
    }

    /// <summary>A thread sleeps from now on, or sleeps on. Holding the lock.</summary>
    public void Add(ComputeThread thread) => (thread.Next, _asleep) = (_asleep, thread);

    /// <summary>
    /// As many sleeping threads as there is work for beyond those that look for some, to be woken: a thread woken in vain takes a
    /// processor from those that compute. Whoever looks takes the lock before it sleeps, so what is added meanwhile is seen. Holding the lock.
    /// </summary>
    /// <param name="open">Threads that there is work for.</param>
    public ComputeThread? TakeFor(int open)
    {
        ComputeThread? taken = null;
        for (open -= Awake; open > 0 && TakeOne() is { } thread; open--)
        {
            _woken++;
            thread.Next = taken;
            taken = thread;
        }

        return taken;
    }

    /// <summary>A sleeping thread that sleeps on while the caller works in its place; null where those awake have the work to themselves. Holding the lock.</summary>
    /// <param name="open">Threads that there is work for.</param>
    public ComputeThread? TakePlaceFor(int open) => open > Awake ? TakeOne() : null;

    /// <summary>Threads that sleep. Holding the lock.</summary>
    public int CountSleeping()
    {
        var count = 0;
        for (var thread = _asleep; thread is not null; thread = thread.Next)
            count++;
        return count;
    }

    private int Awake => Volatile.Read(ref _looking) + _woken;

    private ComputeThread? TakeOne()
    {
        if (_asleep is not { } thread)
            return null;
        _asleep = thread.Next;
        thread.Next = null;
        return thread;
    }
}
