using System.Diagnostics;
using Microsoft.Extensions.ObjectPool;

namespace MoE.Protocol;

/// <summary>
/// Which experts compute which of a frame's rows, in one piece of pooled memory. Filled once, expert by expert, then only read. The
/// object serves another frame once it is disposed.
/// </summary>
public sealed class ExpertRows : IDisposable
{
    private static readonly ObjectPool<ExpertRows> s_idle = Pools.Of(() => new ExpertRows());
    private bool _rented;
    private int _experts;

    /// <summary>The experts, then where each one's rows end, then the rows.</summary>
    private Pooled<int> _values;

    private ExpertRows()
    {
    }

    /// <summary>Experts.</summary>
    public int Count { get; private set; }

    /// <summary>Rows of all experts, a row counted once for each expert that computes it.</summary>
    public int Pairs => Count == 0 ? 0 : End(Count - 1);

    /// <param name="experts">Most experts that will be added.</param>
    /// <param name="pairs">Most rows of all of them.</param>
    public static ExpertRows Rent(int experts, int pairs)
    {
        var values = new Pooled<int>(checked(2 * experts + pairs));
        var rows = s_idle.Get();
        rows.Count = 0;
        rows._experts = experts;
        rows._values = values;
        rows._rented = true;
        return rows;
    }

    /// <summary>Adds an expert.</summary>
    /// <param name="expert">Its index in the layer; ascending from one call to the next.</param>
    /// <param name="rows">How many rows it computes.</param>
    /// <returns>To be filled with their indices into the frame's rows, ascending.</returns>
    /// <exception cref="InvalidOperationException">There is no room for it.</exception>
    public Span<int> Add(int expert, int rows)
    {
        var first = Pairs;
        var values = _values.Span;
        if (Count == _experts || rows > values.Length - 2 * _experts - first)
            throw new InvalidOperationException($"no room for expert {expert} with {rows} rows after {Count} experts with {first}");
        values[Count] = expert;
        values[_experts + Count++] = first + rows;
        return values.Slice(2 * _experts + first, rows);
    }

    /// <summary>The index in the layer of one of the <see cref="Count"/> experts.</summary>
    public int Expert(int index) => _values.Span[..Count][index];

    /// <summary>The indices of its rows.</summary>
    public ReadOnlySpan<int> Rows(int index)
    {
        var first = FirstPair(index);
        return _values.Span.Slice(2 * _experts + first, End(index) - first);
    }

    /// <summary>Where its rows begin among those of all experts.</summary>
    public int FirstPair(int index) => index == 0 ? 0 : End(index - 1);

    public void Dispose()
    {
        var rented = Interlocked.Exchange(ref _rented, false);
        Debug.Assert(rented, "the experts of a frame were disposed twice");
        if (!rented)
            return;
        _values.Dispose();
        s_idle.Return(this);
    }

    private int End(int index) => _values.Span.Slice(_experts, Count)[index];
}
