namespace MoE.Jinja.Statements;

/// <summary>Walks a loop's items and looks no further ahead than it is asked to, since a loop's condition may depend on what the body does.</summary>
/// <param name="items">The items.</param>
/// <param name="count">How many, where that is known.</param>
internal sealed class LoopCursor(IEnumerable<Value> items, int? count)
{
    private readonly IEnumerator<Value> _source = items.GetEnumerator();
    private readonly Queue<Value> _ahead = [];

    /// <summary>Position of <see cref="Current"/>, from 0.</summary>
    public int Index { get; private set; } = -1;

    public Value? Previous { get; private set; }

    public Value Current { get; private set; } = NoneValue.Instance;

    /// <summary>The item after the current one, or null.</summary>
    public Value? Next => _ahead.Count > 0 || Fetch() ? _ahead.Peek() : null;

    public int Count
    {
        get
        {
            if (count is { } known)
                return known;
            while (Fetch())
                continue;
            return Index + 1 + _ahead.Count;
        }
    }

    public bool MoveNext()
    {
        if (Next is null)
            return false;
        Previous = Index < 0 ? null : Current;
        Current = _ahead.Dequeue();
        Index++;
        return true;
    }

    private bool Fetch()
    {
        bool found = _source.MoveNext();
        if (found)
            _ahead.Enqueue(_source.Current);
        return found;
    }
}
