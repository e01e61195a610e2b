using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MoE.Benchmarks.Peers;

/// <summary>How fast memory can be read: what bounds generation.</summary>
internal static unsafe class MemoryBandwidth
{
    private const long Bytes = 512L << 20;
    private const int Passes = 4;

    /// <summary>As far ahead as the product kernels ask.</summary>
    private const int AheadBytes = 4096;

    /// <returns>The best pass, GB/s of all threads together.</returns>
    public static double Measure(int threads)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        try
        {
            new Span<byte>(memory, (int)Bytes).Fill(1);
            var best = 0.0;
            for (var pass = 0; pass < Passes; pass++)
            {
                var clock = Stopwatch.StartNew();
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread => Read(memory, thread, threads));
                best = Math.Max(best, Bytes / clock.Elapsed.TotalSeconds / 1e9);
            }

            return best;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static void Read(byte* memory, int thread, int threads)
    {
        var part = Bytes / threads;
        var vectors = new ReadOnlySpan<Vector<int>>(memory + part * thread, (int)(part / Vector<byte>.Count));
        Vector<int> a = default, b = default;
        for (var i = 0; i + 1 < vectors.Length; i += 2)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(memory + part * thread + (long)i * Vector<byte>.Count + AheadBytes);
            a += vectors[i];
            b += vectors[i + 1];
        }

        // Keeps the loop: the sum of ones is never this.
        if (Vector.Sum(a + b) == 42)
            throw new InvalidOperationException("memory does not hold what was written");
    }
}
