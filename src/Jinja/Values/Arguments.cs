namespace MoE.Jinja.Values;

/// <summary>What a call passes.</summary>
internal sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyList<KeyValuePair<string, Value>> Named)
{
    public static Arguments Of(params Value[] positional) => new(positional, []);

    public Arguments Prepend(Value first) => this with { Positional = [first, .. Positional] };

    public Arguments Skip(int count) => this with { Positional = Positional.Skip(count).ToArray() };

    public Value? FindNamed(string name)
    {
        foreach ((string key, Value value) in Named)
            if (key == name)
                return value;
        return null;
    }
}
