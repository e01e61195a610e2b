namespace MoE.Jinja.Builtins;

/// <summary>Methods of <c>list</c> and <c>tuple</c> that change nothing.</summary>
internal static class ListMethods
{
    public static BuiltinTable Table { get; } = new BuiltinTable()
        .Add("index", "self value", Index)
        .Add("count", "self value", call => new IntValue(call.Items().Count(item => Comparison.Equal(call.Runtime, item, call[1]!))))
        .Add("copy", "self", call => call.Self);

    /// <summary>What the immutable sandbox does not let a template call.</summary>
    public static IReadOnlySet<string> Refused { get; } =
        new HashSet<string> { "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort" };

    private static IntValue Index(Call call)
    {
        IReadOnlyList<Value> items = call.Items();
        for (int i = 0; i < items.Count; i++)
            if (Comparison.Equal(call.Runtime, items[i], call[1]!))
                return new IntValue(i);
        throw call.Error("the value is not in the list");
    }
}
