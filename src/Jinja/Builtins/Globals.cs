namespace MoE.Jinja.Builtins;

/// <summary>Functions that every template sees: Jinja's and the two that transformers adds.</summary>
internal static class Globals
{
    /// <summary>jinja2.sandbox.MAX_RANGE.</summary>
    private const int MaxRange = 100_000;

    private static readonly BuiltinTable _table = new BuiltinTable()
        .Add("raise_exception", "message", call => throw new JinjaException(call.Text(0).Text, call.Runtime.Line, raised: true))
        .Add("strftime_now", "format", call =>
            new StringValue(Strftime.Format(call.Runtime, call.String(0).Text, call.Runtime.Time.GetLocalNow())))
        .Add("range", "start stop? step?", Range)
        .AddRaw("namespace", Namespace)
        .AddRaw("dict", Dict)
        .AddRaw("cycler", (runtime, arguments) => arguments.Positional.Count > 0
            ? new CyclerValue(arguments.Positional)
            : throw runtime.Error("cycler() needs at least one item"))
        .Add("joiner", "sep?", call => new JoinerValue(call[0] is null ? new StringValue(", ") : call.Text(0)));

    public static Value? Find(string name) => _table.Find(name);

    private static RangeValue Range(Call call)
    {
        (long start, long stop) = call[1] is null ? (0L, (long)call.Int(0)) : (call.Int(0), call.Int(1));
        long step = call.Int(2, 1);
        if (step == 0)
            throw call.Error("the step must not be zero");
        long count = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
        if (count > MaxRange)
            throw call.Error($"{count} items are over the limit of {MaxRange}");
        count = Math.Max(0, count);
        call.Runtime.Charge(count);
        var items = new Value[count];
        for (long i = 0; i < count; i++)
            items[i] = new IntValue(start + (i * step));
        return new RangeValue(items, step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})");
    }

    private static NamespaceValue Namespace(Runtime runtime, Arguments arguments)
    {
        var space = new NamespaceValue();
        foreach ((Value key, Value value) in Dict(runtime, arguments).Entries)
            space.Set(runtime, key.ToStr(runtime).Text, value);
        return space;
    }

    private static DictValue Dict(Runtime runtime, Arguments arguments)
    {
        if (arguments.Positional.Count > 1)
            throw runtime.Error($"dict expected at most 1 argument, got {arguments.Positional.Count}");
        var dict = new DictValue();
        if (arguments.Positional.Count == 1)
            foreach ((Value key, Value value) in Pairs(runtime, arguments.Positional[0]))
                dict.Put(runtime, key, value);
        foreach ((string name, Value value) in arguments.Named)
            dict.Put(runtime, new StringValue(name), value);
        return dict;
    }

    private static IEnumerable<(Value Key, Value Value)> Pairs(Runtime runtime, Value source)
    {
        if (source is DictValue dict)
            return dict.Entries;
        return Access.Items(runtime, source).Select(item => Access.Items(runtime, item) is [var key, var value]
            ? (key, value)
            : throw runtime.Error("dict() needs pairs"));
    }
}
