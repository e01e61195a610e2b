using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>
/// Where a process's weights live: large chunks of huge pages that many matrices share. An expert of a few megabytes would
/// get small pages of its own, and then misses the TLB on every row. Thread-safe.
/// </summary>
internal static unsafe class WeightArena
{
    private const long ChunkBytes = 64L << 20;
    private const long HugePageBytes = 2L << 20;
    private const long AlignmentBytes = 64;
    private static readonly Lock s_lock = new();
    private static readonly List<Chunk> s_chunks = [];

    /// <summary>Memory of undefined contents, aligned to a cache line.</summary>
    /// <param name="length">Bytes, at least 1.</param>
    public static byte* Rent(long length)
    {
        length = RoundUp(length, AlignmentBytes);
        lock (s_lock)
        {
            foreach (var chunk in s_chunks)
            {
                if (chunk.TryRent(length) is var pointer && pointer != null)
                    return pointer;
            }

            var added = new Chunk(Math.Max(ChunkBytes, RoundUp(length, HugePageBytes)));
            s_chunks.Add(added);
            return added.TryRent(length);
        }
    }

    /// <summary>Gives memory back. Its pages go back to the system at once, the chunk's addresses when nothing is left in it.</summary>
    /// <param name="pointer">From <see cref="Rent"/>.</param>
    /// <param name="length">As it was asked for.</param>
    public static void Return(byte* pointer, long length)
    {
        length = RoundUp(length, AlignmentBytes);
        lock (s_lock)
        {
            var index = s_chunks.FindIndex(chunk => chunk.Contains(pointer));
            var chunk = s_chunks[index];
            chunk.Return(pointer, length);
            if (!chunk.IsEmpty)
                return;
            s_chunks.RemoveAt(index);
            chunk.Free();
        }
    }

    private static long RoundUp(long value, long multiple) => (value + multiple - 1) / multiple * multiple;

    /// <summary>One allocation, and the ranges of it that are free, by address.</summary>
    private sealed class Chunk
    {
        private readonly byte* _start;
        private readonly long _length;
        private readonly List<(long Start, long Length)> _free;

        public Chunk(long length)
        {
            _length = length;
            _start = (byte*)NativeMemory.AlignedAlloc((nuint)length, (nuint)HugePageBytes);
            MemoryAdvice.UseHugePages(_start, length);
            _free = [(0, length)];
        }

        public bool IsEmpty => _free is [var only] && only.Length == _length;

        public bool Contains(byte* pointer) => pointer >= _start && pointer < _start + _length;

        public byte* TryRent(long length)
        {
            var index = _free.FindIndex(range => range.Length >= length);
            if (index < 0)
                return null;
            var (start, free) = _free[index];
            if (free == length)
                _free.RemoveAt(index);
            else
                _free[index] = (start + length, free - length);
            return _start + start;
        }

        public void Return(byte* pointer, long length)
        {
            MemoryAdvice.Release(pointer, length);
            var start = pointer - _start;
            var next = _free.FindIndex(range => range.Start > start);
            next = next < 0 ? _free.Count : next;
            if (next < _free.Count && _free[next].Start == start + length)
            {
                length += _free[next].Length;
                _free.RemoveAt(next);
            }

            if (next > 0 && _free[next - 1].Start + _free[next - 1].Length == start)
                _free[next - 1] = (_free[next - 1].Start, _free[next - 1].Length + length);
            else
                _free.Insert(next, (start, length));
        }

        public void Free() => NativeMemory.AlignedFree(_start);
    }
}
