using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>Zeroed native memory, aligned to a cache line, outside the garbage collector's heap.</summary>
public sealed unsafe class NativeWeightMemory : WeightMemory
{
    private const int AlignmentBytes = 64;
    private const int HugePageBytes = 2 << 20;
    private const long HugePagesFrom = 2 * HugePageBytes;
    private byte* _pointer;

    /// <param name="length">Bytes to allocate, at least 0.</param>
    public NativeWeightMemory(long length)
        : this(length, clear: true)
    {
    }

    private NativeWeightMemory(long length, bool clear)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), (nuint)(length >= HugePagesFrom ? HugePageBytes : AlignmentBytes));
        if (length >= HugePagesFrom)
            MemoryAdvice.UseHugePages(_pointer, length);
        if (clear)
            NativeMemory.Clear(_pointer, (nuint)length);
        if (length > 0)
            GC.AddMemoryPressure(length);
    }

    /// <summary>Memory whose contents are undefined: for whoever writes every byte.</summary>
    internal static NativeWeightMemory Uninitialized(long length) => new(length, clear: false);

    ~NativeWeightMemory() => Dispose(false);

    public override long Length { get; }

    internal override byte* Pointer => _pointer != null ? _pointer : throw new ObjectDisposedException(nameof(NativeWeightMemory));

    /// <summary>The bytes <c>[offset, offset + length)</c>, writable: for whoever fills the memory, before anybody reads it.</summary>
    public Span<byte> Writable(long offset, int length)
    {
        Slice(offset, length);
        return new Span<byte>(Pointer + offset, length);
    }

    protected override void Dispose(bool disposing)
    {
        if (_pointer == null)
            return;
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        if (Length > 0)
            GC.RemoveMemoryPressure(Length);
    }
}
