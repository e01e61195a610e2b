using System.Buffers;
using Microsoft.Extensions.ObjectPool;

namespace MoE.Protocol;

/// <summary>
/// Values in memory that goes back to where it came from: to the shared pool, or to its owner. A copy of this is the same values; after
/// any of them is disposed all throw, and disposing again is harmless, also once the memory serves somebody else.
/// </summary>
public readonly struct Pooled<T> : IDisposable, IEquatable<Pooled<T>>
    where T : unmanaged
{
    private static readonly ObjectPool<Loan> s_idle = Pools.Of(() => new Loan());
    private readonly Loan? _loan;
    private readonly int _turn;

    /// <summary>Rents from the shared pool.</summary>
    /// <param name="length">Values, at least 0. Contents are undefined.</param>
    public Pooled(int length)
    {
        var array = ArrayPool<T>.Shared.Rent(length);
        _loan = s_idle.Get();
        _loan.Array = array;
        _loan.Memory = array.AsMemory(0, length);
        _turn = _loan.Turn;
        Length = length;
    }

    /// <summary>Borrows.</summary>
    /// <param name="memory">Valid until this is disposed.</param>
    /// <param name="lender">Told then.</param>
    public Pooled(Memory<T> memory, IMemoryLender lender)
    {
        _loan = s_idle.Get();
        _loan.Lender = lender;
        _loan.Memory = memory;
        _turn = _loan.Turn;
        Length = memory.Length;
    }

    public int Length { get; }

    /// <exception cref="ObjectDisposedException">It was disposed, or never rented.</exception>
    public Memory<T> Memory => _loan is { } loan && loan.Turn == _turn ? loan.Memory : throw new ObjectDisposedException(nameof(Pooled<>));

    /// <exception cref="ObjectDisposedException">It was disposed, or never rented.</exception>
    public Span<T> Span => Memory.Span;

    /// <summary>Whom the memory is borrowed from; null where it is the pool's, or given back.</summary>
    public IMemoryLender? Lender => _loan is { } loan && loan.Turn == _turn ? loan.Lender : null;

    public static bool operator ==(Pooled<T> left, Pooled<T> right) => left.Equals(right);

    public static bool operator !=(Pooled<T> left, Pooled<T> right) => !left.Equals(right);

    public void Dispose()
    {
        if (_loan is not { } loan || Interlocked.CompareExchange(ref loan.Turn, unchecked(_turn + 1), _turn) != _turn)
            return;
        var (array, lender) = (loan.Array, loan.Lender);
        (loan.Array, loan.Lender, loan.Memory) = (null, null, default);
        s_idle.Return(loan);
        if (array is not null)
            ArrayPool<T>.Shared.Return(array);
        lender?.Return();
    }

    /// <summary>Whether both are the same values in the same memory, of the same rent.</summary>
    public bool Equals(Pooled<T> other) => _loan == other._loan && _turn == other._turn;

    public override bool Equals(object? obj) => obj is Pooled<T> other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_loan, _turn);

    /// <summary>What one rent holds; the same object serves the next one, by then in another turn.</summary>
    private sealed class Loan
    {
        /// <summary>Ends with the rent, so that whoever still has the values of an earlier one is known.</summary>
        public int Turn;

        public T[]? Array { get; set; }

        public IMemoryLender? Lender { get; set; }

        public Memory<T> Memory { get; set; }
    }
}

/// <summary>Lends memory to a <see cref="Pooled{T}"/>.</summary>
public interface IMemoryLender
{
    /// <summary>The memory is not used any more; on any thread, once for each loan.</summary>
    void Return();
}
