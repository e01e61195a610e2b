namespace MoE.Jinja.Operations;

/// <summary>Members, items and iteration, with Jinja's fallbacks and messages.</summary>
internal static class Access
{
    public static Value Member(Runtime runtime, Value owner, string name) =>
        owner.Member(runtime, name)
        ?? owner.Item(runtime, new StringValue(name))
        ?? new UndefinedValue(Refused(owner, name)
            ? $"access to attribute '{name}' of '{owner.TypeName}' object is unsafe"
            : $"'{owner.ObjectName}' has no attribute '{name}'");

    public static Value Item(Runtime runtime, Value owner, Value key)
    {
        if (owner.Item(runtime, key is BoolValue flag ? new IntValue(flag.AsInteger) : key) is { } item)
            return item;
        if (key is not StringValue name)
            return new UndefinedValue($"'{owner.ObjectName}' has no element {Repr.Of(runtime, key).Text}");
        return owner.Member(runtime, name.Text) ?? new UndefinedValue($"'{owner.ObjectName}' has no attribute '{name.Text}'");
    }

    /// <summary>What a loop walks.</summary>
    public static IReadOnlyList<Value> Items(Runtime runtime, Value value) =>
        value.Items(runtime) ?? throw runtime.Error($"'{value.TypeName}' object is not iterable");

    public static int Length(Runtime runtime, Value value) =>
        value.Length ?? throw runtime.Error($"object of type '{value.TypeName}' has no len()");

    private static bool Refused(Value owner, string name) =>
        name.StartsWith('_')
        || (owner is ListValue && ListMethods.Refused.Contains(name))
        || (owner is DictValue && DictMethods.Refused.Contains(name));
}
