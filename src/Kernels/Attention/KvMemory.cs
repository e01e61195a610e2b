using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>
/// The blocks of a paged cache, reserved at once and outside the garbage collector's heap: the system backs a page when it is
/// first written, so a cache that is never filled takes no memory, and no step of a model allocates.
/// </summary>
public sealed unsafe class KvMemory : IDisposable
{
    private float* _pointer;

    /// <param name="blocks">Blocks, at least 1.</param>
    /// <param name="blockFloats">Floats of a block, at least 1.</param>
    /// <exception cref="InvalidOperationException">The machine does not have the address space or refuses to promise the memory.</exception>
    public KvMemory(int blocks, int blockFloats)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blockFloats, 1);
        Blocks = blocks;
        BlockFloats = blockFloats;
        var bytes = checked((nuint)blocks * (nuint)blockFloats * sizeof(float));
        try
        {
            _pointer = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        }
        catch (OutOfMemoryException exception)
        {
            throw new InvalidOperationException($"no memory for a KV cache of {blocks} blocks, {bytes} bytes", exception);
        }
    }

    ~KvMemory() => NativeMemory.AlignedFree(_pointer);

    public int Blocks { get; }

    public int BlockFloats { get; }

    /// <summary>A block's floats; undefined until written.</summary>
    public Span<float> Block(int id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)Blocks, nameof(id));
        return new Span<float>(Address(id), BlockFloats);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        GC.SuppressFinalize(this);
    }

    internal float* Address(int id) => _pointer + (long)id * BlockFloats;
}
