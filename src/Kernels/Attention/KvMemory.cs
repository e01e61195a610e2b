using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>
/// The blocks of a paged cache, reserved at once and outside the garbage collector's heap: the system backs a page when it is
/// first written, so a cache that is never filled takes no memory, and no step of a model allocates.
/// </summary>
public sealed unsafe class KvMemory : IDisposable
{
    private byte* _pointer;

    /// <param name="blocks">Blocks, at least 1.</param>
    /// <param name="blockValues">Values of a block, at least 1.</param>
    /// <param name="type">How they are stored: one of <see cref="Types"/>.</param>
    /// <exception cref="ArgumentException">The type is none of them.</exception>
    /// <exception cref="InvalidOperationException">The machine does not have the address space or refuses to promise the memory.</exception>
    public KvMemory(int blocks, int blockValues, WeightType type)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blockValues, 1);
        if (!Types.Contains(type))
            throw new ArgumentException($"{type.Name()}: keys and values are stored as {string.Join(", ", Types.Select(WeightTypes.Name))}", nameof(type));
        Blocks = blocks;
        Type = type;
        ValueBytes = type.BlockBytes();
        BlockBytes = (long)blockValues * ValueBytes;
        var bytes = checked((nuint)blocks * (nuint)BlockBytes);
        try
        {
            _pointer = (byte*)NativeMemory.AlignedAlloc(bytes, 64);
        }
        catch (OutOfMemoryException exception)
        {
            throw new InvalidOperationException($"no memory for a KV cache of {blocks} blocks, {bytes} bytes", exception);
        }
    }

    ~KvMemory() => NativeMemory.AlignedFree(_pointer);

    /// <summary>Types that keys and values may be stored in.</summary>
    public static IReadOnlyList<WeightType> Types { get; } = [WeightType.F32, WeightType.BF16, WeightType.F16];

    public int Blocks { get; }

    public WeightType Type { get; }

    public long BlockBytes { get; }

    internal int ValueBytes { get; }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Where a block begins; undefined until written.</summary>
    internal byte* Address(int id) => _pointer + id * BlockBytes;
}
