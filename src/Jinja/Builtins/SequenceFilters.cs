namespace MoE.Jinja.Builtins;

/// <summary>Filters on whole sequences.</summary>
internal static class SequenceFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("length", "obj", call => new IntValue(Access.Length(call.Runtime, call.Self)))
        .Alias("count", "length")
        .Add("first", "seq", call => call.Items() is [var first, ..] ? first : new UndefinedValue("no first item, sequence was empty"))
        .Add("last", "seq", Last)
        .Add("list", "value", call => new ListValue(call.Items()))
        .Add("items", "value", Items)
        .Add("reverse", "value", Reverse)
        .Add("join", "value d? attribute?", Join)
        .Add("sum", "iterable attribute? start?", Sum)
        .Add("min", "value case_sensitive? attribute?", call => Extreme(call, "<"))
        .Add("max", "value case_sensitive? attribute?", call => Extreme(call, ">"))
        .Add("sort", "value reverse? case_sensitive? attribute?", Sort)
        .Add("unique", "value case_sensitive? attribute?", Unique)
        .Add("random", "seq", call => throw call.Error("is refused: the same messages give the same prompt"));

    private static Value Last(Call call)
    {
        if (call.Self is IteratorValue)
            throw call.Error("a generator has no last item, make it a list first");
        return call.Items() is [.., var last] ? last : new UndefinedValue("no last item, sequence was empty");
    }

    private static IteratorValue Items(Call call) => call.Self switch
    {
        UndefinedValue => new IteratorValue([]),
        DictValue dict => new IteratorValue(dict.Pairs(call.Runtime)),
        _ => throw call.Error($"can only get item pairs from a mapping, not {call.Self.TypeName}"),
    };

    private static Value Reverse(Call call) => call.Self is StringValue text
        ? Slicing.Apply(call.Runtime, text, null, null, new IntValue(-1))
        : new IteratorValue(call.Items().Reverse().ToArray(), "reversed");

    private static StringValue Join(Call call)
    {
        StringValue separator = call[1] is null ? StringValue.Empty : call.Text(1);
        Func<Value, Value> part = call.Has(2) ? Attribute.Getter(call.Runtime, call[2]!) : item => item;
        var output = new TextBuilder(call.Runtime);
        IReadOnlyList<Value> items = call.Items();
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                output.Append(separator);
            output.Append(part(items[i]).ToStr(call.Runtime));
        }

        return output.ToValue();
    }

    private static Value Sum(Call call)
    {
        Func<Value, Value> part = call.Has(1) ? Attribute.Getter(call.Runtime, call[1]!) : item => item;
        Value total = call[2] ?? new IntValue(0);
        if (total is StringValue)
            throw call.Error("cannot sum strings, use join");
        return call.Items().Aggregate(total, (sum, item) => Arithmetic.Apply(call.Runtime, "+", sum, part(item)));
    }

    private static Value Extreme(Call call, string symbol)
    {
        Func<Value, Value> key = SortKey(call, 1, 2);
        Value? best = null;
        foreach (Value item in call.Items())
            if (best is null || Comparison.Holds(call.Runtime, symbol, key(item), key(best)))
                best = item;
        return best ?? new UndefinedValue("no aggregated item, sequence was empty");
    }

    private static ListValue Sort(Call call)
    {
        bool descending = call.Flag(1);
        List<Func<Value, Value>> keys = [];
        string[] attributes = call[3] is StringValue names ? names.Text.Split(',') : [];
        foreach (string attribute in attributes)
            keys.Add(Attribute.SortKey(call.Runtime, new StringValue(attribute), call.Flag(2)));
        if (keys.Count == 0)
            keys.Add(Attribute.SortKey(call.Runtime, call[3], call.Flag(2)));
        var decorated = call.Items().Select(item => (Item: item, Keys: new TupleValue(keys.Select(key => key(item)).ToArray()))).ToArray();
        return new ListValue(StableSort.Sort(decorated, (a, b) => descending
            ? Comparison.Order(call.Runtime, "<", b.Keys, a.Keys)
            : Comparison.Order(call.Runtime, "<", a.Keys, b.Keys)).Select(pair => pair.Item).ToArray());
    }

    private static IteratorValue Unique(Call call)
    {
        Func<Value, Value> key = SortKey(call, 1, 2);
        var seen = new DictValue();
        var kept = new List<Value>();
        foreach (Value item in call.Items())
        {
            Value identity = key(item);
            if (seen.Find(call.Runtime, identity) is null)
                kept.Add(item);
            seen.Put(call.Runtime, identity, NoneValue.Instance);
        }

        return new IteratorValue(kept);
    }

    private static Func<Value, Value> SortKey(Call call, int caseSensitive, int attribute) =>
        Attribute.SortKey(call.Runtime, call[attribute], call.Flag(caseSensitive));
}
