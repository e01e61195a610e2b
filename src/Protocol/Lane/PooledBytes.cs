using System.Buffers;

namespace MoE.Protocol;

/// <summary>Bytes rented from the shared pool; disposing twice is harmless.</summary>
public sealed class PooledBytes : IDisposable
{
    private byte[]? _array;

    /// <param name="length">Bytes, at least 0. Contents are undefined.</param>
    public PooledBytes(int length)
    {
        Length = length;
        _array = ArrayPool<byte>.Shared.Rent(length);
    }

    public int Length { get; }

    public Span<byte> Span => (_array ?? throw new ObjectDisposedException(nameof(PooledBytes))).AsSpan(0, Length);

    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, null);
        if (array is not null)
            ArrayPool<byte>.Shared.Return(array);
    }
}
