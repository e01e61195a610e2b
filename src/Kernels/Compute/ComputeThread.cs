namespace MoE.Kernels;

/// <summary>A thread of a <see cref="ComputePool"/>, awake or asleep. What says "holding the lock" means the pool's.</summary>
internal sealed class ComputeThread
{
    private readonly Thread _thread;
    private readonly ThreadGate _gate = new();
    private bool _asleep;
    private int _processor;
    private int _id;
    private bool _steered;

    /// <param name="run">The thread's life.</param>
    /// <param name="name">For profilers.</param>
    public ComputeThread(Action<ComputeThread> run, string name) => _thread = new Thread(() => run(this)) { IsBackground = true, Name = name };

    /// <summary>The next one in a list of threads that are asleep, or about to be woken. Of whoever has the list.</summary>
    public ComputeThread? Next { get; set; }

    public void Start() => _thread.Start();

    /// <summary>Waits for the thread's end, unless it is the caller.</summary>
    public void Join()
    {
        if (_thread != Thread.CurrentThread)
            _thread.Join();
    }

    /// <summary>On the thread, holding the lock: from now on it is to be woken. <see cref="Sleep"/> follows.</summary>
    public void GoToSleep()
    {
        if (_id == 0)
            _id = ThreadPlacement.ThreadId;
        _processor = ThreadPlacement.Processor;
        Volatile.Write(ref _asleep, true);
    }

    /// <summary>On the thread: until it is woken.</summary>
    public void Sleep()
    {
        while (Volatile.Read(ref _asleep))
            _gate.Wait();
        if (!_steered)
            return;
        _steered = false;
        ThreadPlacement.Allow();
    }

    /// <summary>Before <see cref="Wake"/>, by whoever took it from those asleep: it is to wake elsewhere, for its waker goes on computing.</summary>
    public void Avoid(int processor)
    {
        if (processor == _processor)
            _steered = ThreadPlacement.Avoid(_id, processor);
    }

    /// <summary>Not while holding the lock, which it needs at once.</summary>
    public void Wake()
    {
        Volatile.Write(ref _asleep, false);
        _gate.Open();
    }
}
