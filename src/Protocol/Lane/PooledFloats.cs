using System.Buffers;

namespace MoE.Protocol;

/// <summary>Floats rented from the shared pool; disposing twice is harmless.</summary>
public sealed class PooledFloats : IDisposable
{
    private float[]? _array;

    /// <param name="length">Floats, at least 0. Contents are undefined.</param>
    public PooledFloats(int length)
    {
        Length = length;
        _array = ArrayPool<float>.Shared.Rent(length);
    }

    public int Length { get; }

    public Memory<float> Memory => (_array ?? throw new ObjectDisposedException(nameof(PooledFloats))).AsMemory(0, Length);

    public Span<float> Span => Memory.Span;

    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, null);
        if (array is not null)
            ArrayPool<float>.Shared.Return(array);
    }
}
