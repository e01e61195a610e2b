namespace MoE.Kernels;

/// <summary>
/// A node's own threads for arithmetic; no kernel runs on an actor's dispatcher. Loops go before queued work, because a
/// caller waits for them.
/// </summary>
public sealed class ComputePool : IWorkQueue, IDisposable
{
    /// <summary>Most pieces of work that wait.</summary>
    public const int MaxQueuedWork = 4096;

    /// <summary>Looks of an idle thread before it sleeps, at least: layers follow each other within microseconds.</summary>
    private const int LeastLooks = 16;

    private readonly object _lock = new();
    private readonly List<ParallelLoop> _loops = [];
    private readonly List<ParallelLoop> _idle = [];
    private readonly Queue<IThreadPoolWorkItem> _queue = new();
    private readonly Thread[] _threads;
    private int _pending;
    private int _spinning;
    private int _waiting;
    private int _woken;
    private bool _stopping;

    /// <param name="threads">At least 1.</param>
    /// <param name="name">Names the threads, for profilers.</param>
    public ComputePool(int threads, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = $"{name}-{i}" };
            _threads[i].Start();
        }
    }

    public int Threads => _threads.Length;

    /// <summary>
    /// Runs body(0) to body(count - 1), in any order, on up to <see cref="Threads"/> threads, the caller being one, and
    /// returns when all have ended. What a body throws is thrown here. May be called from several threads.
    /// </summary>
    public void For(int count, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        For(count, body, static (item, body) => body(item));
    }

    /// <summary>The same with what the body reads beside it, so that nothing is allocated: the body is a static lambda.</summary>
    /// <param name="count">Items.</param>
    /// <param name="state">Given to every call; copied, so better small.</param>
    /// <param name="body">Called with each item, and the state.</param>
    public void For<TState>(int count, in TState state, Action<int, TState> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count <= 1 || Threads == 1)
        {
            for (var i = 0; i < count; i++)
                body(i, state);
            return;
        }

        ParallelLoop<TState> loop;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            loop = TakeIdle<TState>();
            loop.Begin(count, state, body, helpers: Math.Min(count, Threads) - 1);
            _loops.Add(loop);
            Wake();
        }

        loop.Work();
        lock (_lock)
        {
            _loops.Remove(loop);
            Volatile.Write(ref _pending, _loops.Count + _queue.Count);
        }

        try
        {
            loop.Join();
        }
        finally
        {
            Leave(loop);
        }
    }

    /// <inheritdoc/>
    /// <returns>False when <see cref="MaxQueuedWork"/> pieces wait already, or the pool is disposed.</returns>
    public bool TrySubmit(IThreadPoolWorkItem work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_lock)
        {
            if (_stopping || _queue.Count >= MaxQueuedWork)
                return false;
            _queue.Enqueue(work);
            Wake();
            return true;
        }
    }

    /// <summary>Ends the threads after what they are at; queued work that has not begun is dropped.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopping = true;
            Monitor.PulseAll(_lock);
        }

        foreach (var thread in _threads)
        {
            if (thread != Thread.CurrentThread)
                thread.Join();
        }
    }

    private void Run()
    {
        var spin = new AdaptiveSpin(LeastLooks);
        while (true)
        {
            Interlocked.Increment(ref _spinning);
            spin.Until(this, static pool => Volatile.Read(ref pool._pending) > 0 || Volatile.Read(ref pool._stopping));
            ParallelLoop? loop;
            IThreadPoolWorkItem? work = null;
            lock (_lock)
            {
                Interlocked.Decrement(ref _spinning);
                while (true)
                {
                    if (_stopping)
                        return;
                    loop = _loops.Find(candidate => candidate.HasItems && candidate.TryJoin());
                    if (loop is not null || _queue.TryDequeue(out work))
                        break;
                    Sleep();
                }

                Wake();
            }

            if (loop is not null)
            {
                loop.Work();
                Leave(loop);
            }
            else
            {
                work!.Execute();
            }
        }
    }

    /// <summary>
    /// Wakes as many threads as there is work for beyond those that look for some: a thread woken in vain takes a processor from
    /// those that compute. Whoever looks takes the lock before it sleeps, so what is added meanwhile is seen. Holding the lock.
    /// </summary>
    private void Wake()
    {
        Volatile.Write(ref _pending, _loops.Count + _queue.Count);
        var open = _queue.Count;
        foreach (var loop in _loops)
            open += loop.OpenPlaces;
        for (open -= Volatile.Read(ref _spinning) + _woken; open > 0 && _waiting > _woken; open--)
        {
            _woken++;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Holding the lock.</summary>
    private void Sleep()
    {
        _waiting++;
        Monitor.Wait(_lock);
        _waiting--;
        _woken = Math.Max(0, _woken - 1);
    }

    /// <summary>A loop that nobody is in any more, or a new one. Holding the lock.</summary>
    private ParallelLoop<TState> TakeIdle<TState>()
    {
        for (var i = _idle.Count - 1; i >= 0; i--)
        {
            if (_idle[i] is not ParallelLoop<TState> loop)
                continue;
            _idle.RemoveAt(i);
            return loop;
        }

        return new ParallelLoop<TState>();
    }

    /// <summary>The last thread to leave a loop keeps it for the next: as many as ever ran at once, for each type of state.</summary>
    private void Leave(ParallelLoop loop)
    {
        if (!loop.Leave())
            return;
        lock (_lock)
            _idle.Add(loop);
    }
}
