using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>
/// Where the system lets a thread run. A busy Linux machine wakes a thread where it slept, without a look at idle processors
/// (<c>SIS_UTIL</c>): on the processor of a caller that shares its work with it, which then waits while another processor idles.
/// </summary>
internal static unsafe partial class ThreadPlacement
{
    /// <summary>The C library's <c>cpu_set_t</c>: 1024 processors.</summary>
    private const int Words = 16;

    /// <summary>The processors that this process may use, or null where that is not known.</summary>
    private static readonly ulong[]? s_allowed = Allowed();

    /// <summary>The processor that the calling thread is on, or -1.</summary>
    public static int Processor => s_allowed is null ? -1 : sched_getcpu();

    /// <summary>The calling thread's number, for <see cref="Avoid"/>; -1 where there is none.</summary>
    public static int ThreadId => s_allowed is null ? -1 : LinuxCalls.ThreadId();

    /// <summary>Lets a thread run on every processor of this process but one.</summary>
    /// <returns>False where there is no other, or the system does not let it.</returns>
    public static bool Avoid(int thread, int processor)
    {
        if (s_allowed is null || processor < 0 || processor >= Words * 64)
            return false;
        var mask = stackalloc ulong[Words];
        var others = new Span<ulong>(mask, Words);
        s_allowed.CopyTo(others);
        others[processor / 64] &= ~(1UL << (processor % 64));
        return others.ContainsAnyExcept(0UL) && sched_setaffinity(thread, Words * sizeof(ulong), mask) == 0;
    }

    /// <summary>Lets the calling thread run on every processor of this process again.</summary>
    public static void Allow()
    {
        fixed (ulong* mask = s_allowed)
            _ = sched_setaffinity(0, Words * sizeof(ulong), mask);
    }

    private static ulong[]? Allowed()
    {
        if (!LinuxCalls.Supported)
            return null;
        var allowed = new ulong[Words];
        fixed (ulong* mask = allowed)
            return sched_getaffinity(0, Words * sizeof(ulong), mask) == 0 ? allowed : null;
    }

    [LibraryImport("libc")]
    private static partial int sched_setaffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc")]
    private static partial int sched_getaffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial int sched_getcpu();
}
