using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>Linux system calls that no library of every supported distribution has.</summary>
internal static unsafe partial class LinuxCalls
{
    private const int FutexWaitPrivate = 128;
    private const int FutexWakePrivate = 129;

    private static readonly (nint Futex, nint GetTid) s_numbers = !OperatingSystem.IsLinux() ? default : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (202, 186),
        Architecture.Arm64 => (98, 178),
        _ => default,
    };

    /// <summary>Whether the calls below may be made: their numbers differ from one architecture to the next.</summary>
    public static bool Supported => s_numbers.Futex != 0;

    /// <summary>The calling thread's number.</summary>
    public static int ThreadId() => (int)Call(s_numbers.GetTid, 0, 0, 0, null, 0, 0);

    /// <summary>Sleeps while the word has a value: until a wake, the timeout, a signal, or for no reason.</summary>
    /// <param name="word">In memory that does not move.</param>
    /// <param name="value">Sleeps only if the word is this.</param>
    /// <param name="timeout">At least zero, or infinite.</param>
    public static void FutexWait(int* word, int value, TimeSpan timeout)
    {
        var time = new TimeSpec { Seconds = (nint)(timeout.Ticks / TimeSpan.TicksPerSecond), Nanoseconds = (nint)(timeout.Ticks % TimeSpan.TicksPerSecond * 100) };
        Call(s_numbers.Futex, (nint)word, FutexWaitPrivate, value, timeout == Timeout.InfiniteTimeSpan ? null : &time, 0, 0);
    }

    /// <summary>Wakes a thread that sleeps on the word.</summary>
    public static void FutexWake(int* word) => Call(s_numbers.Futex, (nint)word, FutexWakePrivate, 1, null, 0, 0);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint first, nint second, nint third, TimeSpec* fourth, nint fifth, nint sixth);

    /// <summary>The kernel's <c>timespec</c> of a 64-bit machine.</summary>
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
