using System.Buffers;

namespace MoE.Protocol;

/// <summary>Values rented from the shared pool; disposing twice is harmless.</summary>
public sealed class Pooled<T> : IDisposable
    where T : unmanaged
{
    private T[]? _array;

    /// <param name="length">Values, at least 0. Contents are undefined.</param>
    public Pooled(int length)
    {
        Length = length;
        _array = ArrayPool<T>.Shared.Rent(length);
    }

    public int Length { get; }

    public Memory<T> Memory => (_array ?? throw new ObjectDisposedException(nameof(Pooled<>))).AsMemory(0, Length);

    public Span<T> Span => Memory.Span;

    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, null);
        if (array is not null)
            ArrayPool<T>.Shared.Return(array);
    }
}
