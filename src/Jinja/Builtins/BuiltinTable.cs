namespace MoE.Jinja.Builtins;

/// <summary>Built-ins by name.</summary>
internal sealed class BuiltinTable
{
    private readonly Dictionary<string, CallableValue> _entries = [];

    public BuiltinTable Add(string name, string parameters, Func<Call, Value> body)
    {
        _entries.Add(name, new Builtin(name, parameters, body));
        return this;
    }

    public BuiltinTable AddRaw(string name, Func<Runtime, Arguments, Value> body)
    {
        _entries.Add(name, new RawBuiltin(name, body));
        return this;
    }

    public BuiltinTable Alias(string alias, string name)
    {
        _entries.Add(alias, _entries[name]);
        return this;
    }

    public CallableValue? Find(string name) => _entries.GetValueOrDefault(name);

    public Value? Bind(Value self, string name) => Find(name) is { } method ? new BoundMethod(self, method) : null;
}
