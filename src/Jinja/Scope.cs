namespace MoE.Jinja;

/// <summary>Names inside a loop's body, a macro or the whole template. What is set here is not seen outside.</summary>
internal sealed class Scope(Runtime runtime, Scope? parent)
{
    private Dictionary<string, Value>? _names;

    public Runtime Runtime => runtime;

    public Scope Inner() => new(runtime, this);

    public void Set(string name, Value value) => (_names ??= [])[name] = value;

    public Value? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
            if (scope._names is { } names && names.TryGetValue(name, out Value? value))
                return value;
        return null;
    }

    private Scope? Outer => parent;
}
