using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>Native memory from the <see cref="WeightArena"/>, zeroed, aligned to a cache line, outside the garbage collector's heap.</summary>
public sealed unsafe class NativeWeightMemory : WeightMemory
{
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
        _pointer = WeightArena.Rent(Math.Max(length, 1));
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
        WeightArena.Return(_pointer, Math.Max(Length, 1));
        _pointer = null;
        if (Length > 0)
            GC.RemoveMemoryPressure(Length);
    }
}
