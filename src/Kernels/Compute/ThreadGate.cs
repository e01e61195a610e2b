using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>
/// Where one thread sleeps until another opens. One opening is remembered, more are not: whoever waits looks for what it waits for
/// before and after.
/// <para>On Linux a futex: a wake is one system call, and the woken thread needs nothing that its waker holds. The waiter of a monitor
/// or an event wakes into locks that the waker still has, so that the two change places on a processor several times.</para>
/// </summary>
public sealed unsafe class ThreadGate
{
    private const int Closed = 0;
    private const int Opened = 1;
    private const int Waiting = -1;

    /// <summary>A cache line, so that two gates are not written to at once.</summary>
    private const int LineInts = 16;

    private readonly int[] _line = GC.AllocateArray<int>(2 * LineInts, pinned: true);
    private readonly int* _state;
    private readonly AutoResetEvent? _event;

    public ThreadGate()
        : this(LinuxCalls.Supported)
    {
    }

    /// <param name="futex">Whether to use one; else an event.</param>
    internal ThreadGate(bool futex)
    {
        _state = (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_line, LineInts - 1);
        _event = futex ? null : new AutoResetEvent(false);
    }

    /// <summary>Lets the waiter go, or the next one that comes.</summary>
    public void Open()
    {
        if (Interlocked.Exchange(ref *_state, Opened) != Waiting)
            return;
        if (_event is not null)
            _event.Set();
        else
            LinuxCalls.FutexWake(_state);
    }

    /// <summary>Sleeps until the gate is opened, and closes it. One thread at a time.</summary>
    public void Wait() => Wait(Timeout.InfiniteTimeSpan);

    /// <summary>The same, no longer than <paramref name="timeout"/>.</summary>
    /// <returns>Whether it was opened.</returns>
    public bool Wait(TimeSpan timeout)
    {
        if (Interlocked.CompareExchange(ref *_state, Waiting, Closed) == Closed)
        {
            var began = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref *_state) == Waiting)
            {
                var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - Stopwatch.GetElapsedTime(began);
                if (left < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
                    break;
                Sleep(left);
            }
        }

        // Opened in the meantime or not: either way it is closed afterwards.
        return Interlocked.Exchange(ref *_state, Closed) == Opened;
    }

    private void Sleep(TimeSpan left)
    {
        if (_event is not null)
            _event.WaitOne(left);
        else
            LinuxCalls.FutexWait(_state, Waiting, left);
    }
}
