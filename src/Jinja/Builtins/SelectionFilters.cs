namespace MoE.Jinja.Builtins;

/// <summary>Filters that keep or change the items of a sequence one by one.</summary>
internal static class SelectionFilters
{
    public static void AddTo(BuiltinTable table) => table
        .AddRaw("map", Map)
        .AddRaw("select", (runtime, arguments) => Select(runtime, arguments, byAttribute: false, keep: true))
        .AddRaw("reject", (runtime, arguments) => Select(runtime, arguments, byAttribute: false, keep: false))
        .AddRaw("selectattr", (runtime, arguments) => Select(runtime, arguments, byAttribute: true, keep: true))
        .AddRaw("rejectattr", (runtime, arguments) => Select(runtime, arguments, byAttribute: true, keep: false));

    private static IteratorValue Map(Runtime runtime, Arguments arguments)
    {
        Func<Value, Value> change = Change(runtime, arguments);
        return new IteratorValue(Items(runtime, arguments).Select(change).ToArray());
    }

    private static Func<Value, Value> Change(Runtime runtime, Arguments arguments)
    {
        if (arguments.Positional.Count == 1 && arguments.FindNamed("attribute") is { } attribute)
        {
            if (arguments.Named.FirstOrDefault(pair => pair.Key is not ("attribute" or "default")).Key is { } unknown)
                throw runtime.Error($"map() has no argument '{unknown}'");
            return Attribute.Getter(runtime, attribute, arguments.FindNamed("default"));
        }

        if (arguments.Positional.Count < 2)
            throw runtime.Error("map() needs a filter's name or an attribute");
        string name = arguments.Positional[1].ToStr(runtime).Text;
        CallableValue filter = FilterTable.Find(name) ?? throw runtime.Error($"no filter named '{name}'");
        Arguments rest = arguments.Skip(2);
        return item => filter.Call(runtime, rest.Prepend(item));
    }

    private static IteratorValue Select(Runtime runtime, Arguments arguments, bool byAttribute, bool keep)
    {
        int used = byAttribute ? 2 : 1;
        if (arguments.Positional.Count < used)
            throw runtime.Error("an attribute's name is missing");
        Func<Value, Value> part = byAttribute ? Attribute.Getter(runtime, arguments.Positional[1]) : item => item;
        Func<Value, bool> test = value => value.Truthy;
        if (arguments.Positional.Count > used)
        {
            string name = arguments.Positional[used].ToStr(runtime).Text;
            CallableValue found = TestTable.Find(name) ?? throw runtime.Error($"no test named '{name}'");
            Arguments rest = arguments.Skip(used + 1);
            test = value => found.Call(runtime, rest.Prepend(value)).Truthy;
        }

        return new IteratorValue(Items(runtime, arguments).Where(item => test(part(item)) == keep).ToArray());
    }

    private static IReadOnlyList<Value> Items(Runtime runtime, Arguments arguments)
    {
        // Jinja looks at the value before it walks it: none, false and zero have no items here.
        if (!arguments.Positional[0].Truthy)
            return [];
        IReadOnlyList<Value> items = Access.Items(runtime, arguments.Positional[0]);
        runtime.Charge(items.Count);
        return items;
    }
}
