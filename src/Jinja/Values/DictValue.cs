namespace MoE.Jinja.Values;

/// <summary>dict: keys in the order of insertion, equal numbers one key whatever their type. Unchanged once built.</summary>
internal sealed class DictValue : Value
{
    private readonly Dictionary<Value, int> _positions = new(KeyComparer.Instance);
    private readonly List<(Value Key, Value Value)> _entries = [];

    public override string TypeName => "dict";

    public override bool Truthy => _entries.Count > 0;

    public override int? Length => _entries.Count;

    public IReadOnlyList<(Value Key, Value Value)> Entries => _entries;

    /// <summary>Only for whoever builds the dict.</summary>
    public void Put(Runtime runtime, Value key, Value value)
    {
        if (!KeyComparer.CanHash(runtime, key))
            throw runtime.Error($"unhashable type: '{key.TypeName}'");
        if (_positions.TryGetValue(key, out int position))
        {
            _entries[position] = (_entries[position].Key, value);
            return;
        }

        _positions.Add(key, _entries.Count);
        _entries.Add((key, value));
    }

    public Value? Find(Runtime runtime, Value key) => KeyComparer.CanHash(runtime, key) && _positions.TryGetValue(key, out int position) ? _entries[position].Value : null;

    public override IReadOnlyList<Value> Items(Runtime runtime) => Collect(runtime, entry => entry.Key);

    public IReadOnlyList<Value> Values(Runtime runtime) => Collect(runtime, entry => entry.Value);

    public IReadOnlyList<Value> Pairs(Runtime runtime) => Collect(runtime, entry => new TupleValue([entry.Key, entry.Value]));

    public override Value? Member(Runtime runtime, string name) => DictMethods.Table.Bind(this, name);

    public override Value? Item(Runtime runtime, Value key) => Find(runtime, key);

    public override void WriteRepr(Runtime runtime, TextBuilder output)
    {
        runtime.EnsureStack();
        output.Append('{');
        string separator = "";
        foreach ((Value key, Value value) in _entries)
        {
            output.Append(separator);
            key.WriteRepr(runtime, output);
            output.Append(": ");
            value.WriteRepr(runtime, output);
            separator = ", ";
        }

        output.Append('}');
    }

    private Value[] Collect(Runtime runtime, Func<(Value Key, Value Value), Value> part)
    {
        runtime.Charge(_entries.Count);
        return _entries.Select(part).ToArray();
    }
}
