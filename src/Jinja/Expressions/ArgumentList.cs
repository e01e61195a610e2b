namespace MoE.Jinja.Expressions;

internal enum ArgumentKind
{
    Plain,

    /// <summary><c>*items</c>.</summary>
    Sequence,

    /// <summary><c>**items</c>.</summary>
    Mapping,
}

internal sealed record Argument(string? Name, ArgumentKind Kind, Expression Value);

/// <summary>The arguments as a call writes them.</summary>
internal sealed record ArgumentList(IReadOnlyList<Argument> Items)
{
    public static ArgumentList None { get; } = new([]);

    public Arguments Evaluate(Scope scope)
    {
        if (Items.Count == 0)
            return Arguments.Of();
        var positional = new List<Value>();
        var named = new List<KeyValuePair<string, Value>>();
        foreach (Argument argument in Items)
        {
            Value value = argument.Value.Evaluate(scope);
            if (argument.Kind == ArgumentKind.Sequence)
                positional.AddRange(Access.Items(scope.Runtime, value));
            else if (argument.Kind == ArgumentKind.Mapping)
                named.AddRange(Expand(scope.Runtime, value));
            else if (argument.Name is { } name)
                named.Add(new(name, value));
            else
                positional.Add(value);
        }

        if (named.DistinctBy(pair => pair.Key).Count() != named.Count)
            throw scope.Runtime.Error("a keyword argument is given twice");
        return new Arguments(positional, named);
    }

    private static IEnumerable<KeyValuePair<string, Value>> Expand(Runtime runtime, Value value)
    {
        if (value is not DictValue dict)
            throw runtime.Error($"the argument after ** must be a mapping, not {value.TypeName}");
        return dict.Entries.Select(entry => new KeyValuePair<string, Value>(entry.Key.ToStr(runtime).Text, entry.Value));
    }
}
