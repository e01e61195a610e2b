using System.Diagnostics.CodeAnalysis;

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

    /// <summary>The pool that the calling thread is about to help: what it submits wakes nobody before.</summary>
    [ThreadStatic]
    private static ComputePool? s_helped;

    private readonly Lock _lock = new();
    private readonly IdleThreads _idleThreads = new();
    private readonly List<ParallelLoop> _loops = [];
    private readonly List<ParallelLoop> _idle = [];
    private readonly Queue<IThreadPoolWorkItem> _queue = new();
    private readonly ComputeThread[] _threads;
    private int _pending;
    private bool _stopping;

    /// <param name="threads">At least 1.</param>
    /// <param name="name">Names the threads, for profilers.</param>
    public ComputePool(int threads, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = new ComputeThread[threads];
        for (var i = 0; i < threads; i++)
            _threads[i] = new ComputeThread(Run, $"{name}-{i}");
        foreach (var thread in _threads)
            thread.Start();
    }

    public int Threads => _threads.Length;

    /// <summary>Threads that sleep, which only work for them ends.</summary>
    internal int Sleeping
    {
        get
        {
            lock (_lock)
                return _idleThreads.CountSleeping();
        }
    }

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
        ComputeThread? woken;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            loop = TakeIdle<TState>();
            loop.Begin(count, state, body, helpers: Math.Min(count, Threads) - 1);
            _loops.Add(loop);
            woken = TakeSleepers();
        }

        WakeElsewhere(woken);
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
        ComputeThread? woken;
        lock (_lock)
        {
            if (_stopping || _queue.Count >= MaxQueuedWork)
                return false;
            _queue.Enqueue(work);
            woken = s_helped == this ? null : TakeSleepers();
        }

        Wake(woken);
        return true;
    }

    /// <summary>
    /// Runs <paramref name="submit"/>, then takes part in the queued work, in the place of a thread that sleeps: no more threads compute
    /// than the pool has, and the first piece waits for no thread to wake. Where every thread is awake, they have the work to themselves.
    /// </summary>
    /// <param name="state">Given to both.</param>
    /// <param name="submit">Calls <see cref="TrySubmit"/>, for work that then waits until it returns.</param>
    /// <param name="until">Whether the calling thread has something else to do; asked after each piece of work.</param>
    public void SubmitAndHelp<TState>(TState state, Action<TState> submit, Func<TState, bool> until)
    {
        ArgumentNullException.ThrowIfNull(submit);
        ArgumentNullException.ThrowIfNull(until);
        s_helped = this;
        try
        {
            submit(state);
        }
        finally
        {
            s_helped = null;
            Help(state, until);
        }
    }

    /// <summary>Ends the threads after what they are at; queued work that has not begun is dropped.</summary>
    public void Dispose()
    {
        lock (_lock)
            _stopping = true;
        foreach (var thread in _threads)
            thread.Wake();
        foreach (var thread in _threads)
            thread.Join();
    }

    private void Run(ComputeThread thread)
    {
        var spin = new AdaptiveSpin(LeastLooks);
        while (true)
        {
            _idleThreads.Look();
            spin.Until(this, static pool => Volatile.Read(ref pool._pending) > 0 || Volatile.Read(ref pool._stopping));
            if (!TakeWork(thread, out var loop, out var work))
                return;
            work?.Execute();
            loop?.Work();
            if (loop is not null)
                Leave(loop);
        }
    }

    /// <summary>Sleeps until there is a loop to join or queued work.</summary>
    /// <returns>False where the pool stops.</returns>
    private bool TakeWork(ComputeThread thread, out ParallelLoop? loop, out IThreadPoolWorkItem? work)
    {
        var looked = true;
        ComputeThread? woken;
        while (!TryTakeWork(thread, looked, out loop, out work, out woken))
        {
            thread.Sleep();
            looked = false;
        }

        WakeElsewhere(woken);
        return loop is not null || work is not null;
    }

    /// <param name="thread">Goes to sleep where there is nothing.</param>
    /// <param name="looked">Whether it has looked for work; else it was woken.</param>
    /// <param name="loop">To join, or null.</param>
    /// <param name="work">To do, or null. Neither where the pool stops.</param>
    /// <param name="woken">To be woken for what else there is.</param>
    private bool TryTakeWork(ComputeThread thread, bool looked, out ParallelLoop? loop, out IThreadPoolWorkItem? work, out ComputeThread? woken)
    {
        loop = null;
        work = null;
        woken = null;
        lock (_lock)
        {
            _idleThreads.Arrive(looked);
            if (_stopping)
                return true;
            loop = _loops.Find(candidate => candidate.HasItems && candidate.TryJoin());
            if (loop is null && !_queue.TryDequeue(out work))
            {
                thread.GoToSleep();
                _idleThreads.Add(thread);
                return false;
            }

            woken = TakeSleepers();
            return true;
        }
    }

    /// <summary>Threads to be woken for what there is. Holding the lock.</summary>
    private ComputeThread? TakeSleepers() => _idleThreads.TakeFor(CountOpen());

    /// <summary>Threads that there is work for. Holding the lock.</summary>
    private int CountOpen()
    {
        Volatile.Write(ref _pending, _loops.Count + _queue.Count);
        var open = _queue.Count;
        foreach (var loop in _loops)
            open += loop.OpenPlaces;
        return open;
    }

    private void Help<TState>(TState state, Func<TState, bool> until)
    {
        if (TakePlace() is not { } place)
            return;
        try
        {
            while (TryTakeQueued(out var work))
            {
                work.Execute();
                if (until(state))
                    break;
            }
        }
        finally
        {
            GiveBack(place);
        }
    }

    /// <summary>The place of a thread that sleeps on; where there is none to be had, whoever sleeps is woken for the work.</summary>
    private ComputeThread? TakePlace()
    {
        ComputeThread? place;
        ComputeThread? woken = null;
        lock (_lock)
        {
            place = _stopping || _queue.Count == 0 ? null : _idleThreads.TakePlaceFor(CountOpen());
            if (place is null)
                woken = TakeSleepers();
        }

        Wake(woken);
        return place;
    }

    private void GiveBack(ComputeThread place)
    {
        ComputeThread? woken;
        lock (_lock)
        {
            _idleThreads.Add(place);
            woken = TakeSleepers();
        }

        Wake(woken);
    }

    /// <summary>Queued work for a helper. Loops are for the threads themselves, which go there first.</summary>
    private bool TryTakeQueued([NotNullWhen(true)] out IThreadPoolWorkItem? work)
    {
        ComputeThread? woken;
        lock (_lock)
        {
            work = null;
            if (_stopping || _loops.Exists(static loop => loop.OpenPlaces > 0) || !_queue.TryDequeue(out work))
                return false;
            woken = TakeSleepers();
        }

        WakeElsewhere(woken);
        return true;
    }

    /// <summary>Wakes threads for work that the caller takes part in: on other processors than its own. Not while holding the lock.</summary>
    private static void WakeElsewhere(ComputeThread? woken)
    {
        if (woken is null)
            return;
        var processor = ThreadPlacement.Processor;
        for (var thread = woken; thread is not null; thread = thread.Next)
            thread.Avoid(processor);
        Wake(woken);
    }

    /// <summary>Not while holding the lock: whoever wakes needs it at once.</summary>
    private static void Wake(ComputeThread? woken)
    {
        while (woken is { } thread)
        {
            woken = thread.Next;
            thread.Next = null;
            thread.Wake();
        }
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
