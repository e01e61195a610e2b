using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>Machine code in memory that may be executed and no longer written. Lives as long as the process.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int ReadWrite = 1 | 2;
    private const int ReadExecute = 1 | 4;
    private const int PrivateAnonymous = 0x02 | 0x20;
    private const uint CommitAndReserve = 0x3000;
    private const uint PageReadWrite = 0x04;
    private const uint PageExecuteRead = 0x20;

    private const byte Return = 0xc3;

    /// <summary>Whether the system lets the process make code.</summary>
    public static bool IsAllowed { get; } = TryCreate([Return]) != null;

    /// <summary>The code's address.</summary>
    /// <exception cref="InvalidOperationException">The system gives no memory for code.</exception>
    public static void* Create(ReadOnlySpan<byte> code)
    {
        var address = TryCreate(code);
        return address != null ? address : throw new InvalidOperationException($"no memory for {code.Length} bytes of code");
    }

    private static void* TryCreate(ReadOnlySpan<byte> code)
    {
        var length = (nuint)code.Length;
        if (OperatingSystem.IsWindows())
        {
            var pages = VirtualAlloc(null, length, CommitAndReserve, PageReadWrite);
            if (pages == null)
                return null;
            code.CopyTo(new Span<byte>(pages, code.Length));
            return VirtualProtect(pages, length, PageExecuteRead, out _) ? pages : null;
        }

        if (!OperatingSystem.IsLinux())
            return null;
        var memory = mmap(null, length, ReadWrite, PrivateAnonymous, -1, 0);
        if (memory == (void*)-1)
            return null;
        code.CopyTo(new Span<byte>(memory, code.Length));
        return mprotect(memory, length, ReadExecute) == 0 ? memory : null;
    }

    [LibraryImport("libc")]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc")]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("kernel32")]
    private static partial void* VirtualAlloc(void* address, nuint length, uint type, uint protection);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(void* address, nuint length, uint protection, out uint old);
}
