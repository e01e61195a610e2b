using System.Buffers;

namespace MoE.Protocol;

/// <summary>Values in memory that goes back to where it came from: to the shared pool, or to its owner. Disposing twice is harmless.</summary>
public sealed class Pooled<T> : IDisposable
    where T : unmanaged
{
    private readonly Memory<T> _memory;
    private readonly T[]? _array;
    private IMemoryLender? _lender;
    private int _disposed;

    /// <summary>Rents from the shared pool.</summary>
    /// <param name="length">Values, at least 0. Contents are undefined.</param>
    public Pooled(int length)
    {
        _array = ArrayPool<T>.Shared.Rent(length);
        _memory = _array.AsMemory(0, length);
    }

    /// <summary>Borrows.</summary>
    /// <param name="memory">Valid until this is disposed.</param>
    /// <param name="lender">Told then.</param>
    public Pooled(Memory<T> memory, IMemoryLender lender)
    {
        _memory = memory;
        _lender = lender;
    }

    public int Length => _memory.Length;

    public Memory<T> Memory => _disposed == 0 ? _memory : throw new ObjectDisposedException(nameof(Pooled<>));

    public Span<T> Span => Memory.Span;

    /// <summary>Whom the memory is borrowed from; null where it is the pool's.</summary>
    public IMemoryLender? Lender => _lender;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        if (_array is not null)
            ArrayPool<T>.Shared.Return(_array);
        _lender?.Return();
        _lender = null;
    }
}

/// <summary>Lends memory to a <see cref="Pooled{T}"/>.</summary>
public interface IMemoryLender
{
    /// <summary>The memory is not used any more; on any thread, once for each loan.</summary>
    void Return();
}
