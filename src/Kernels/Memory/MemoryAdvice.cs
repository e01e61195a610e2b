using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>Hints to the operating system about pages. Where it takes none, nothing happens: they change speed and residency, no contents.</summary>
internal static unsafe partial class MemoryAdvice
{
    private const int DontNeed = 4;
    private const int HugePage = 14;

    /// <summary>Asks for huge pages: gigabytes of weights miss the TLB on every row otherwise.</summary>
    public static void UseHugePages(byte* start, long length) => Advise(start, length, HugePage);

    /// <summary>Gives back whole pages: of a file's mapping, which a later read brings in again, or of memory whose contents nobody needs.</summary>
    public static void Release(byte* start, long length) => Advise(start, length, DontNeed);

    private static void Advise(byte* start, long length, int advice)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var page = (nuint)Environment.SystemPageSize;
        var first = ((nuint)start + page - 1) / page * page;
        var end = ((nuint)start + (nuint)length) / page * page;
        if (end > first)
            _ = madvise((void*)first, end - first, advice);
    }

    [LibraryImport("libc", SetLastError = false)]
    private static partial int madvise(void* address, nuint length, int advice);
}
