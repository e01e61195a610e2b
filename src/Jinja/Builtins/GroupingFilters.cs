namespace MoE.Jinja.Builtins;

/// <summary>Filters that arrange the items of a sequence in groups or in another order.</summary>
internal static class GroupingFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("batch", "value linecount fill_with?", Batch)
        .Add("slice", "value slices fill_with?", Slice)
        .Add("groupby", "value attribute default? case_sensitive?", GroupBy)
        .Add("dictsort", "value case_sensitive? by? reverse?", DictSort);

    private static IteratorValue Batch(Call call)
    {
        int size = call.Int(1);
        if (size < 1)
            throw call.Error($"linecount {size} is less than 1");
        List<Value[]> batches = call.Items().Chunk(size).ToList();
        if (batches.Count > 0 && batches[^1].Length < size && call.Has(2))
        {
            call.Runtime.CheckSize(size);
            call.Runtime.Charge(size);
            batches[^1] = [.. batches[^1], .. Enumerable.Repeat(call[2]!, size - batches[^1].Length)];
        }

        return new IteratorValue(batches.Select(batch => (Value)new ListValue(batch)).ToArray());
    }

    private static IteratorValue Slice(Call call)
    {
        IReadOnlyList<Value> items = call.Items();
        int slices = call.Int(1);
        if (slices < 1)
            throw call.Error($"{slices} slices are less than 1");
        call.Runtime.CheckSize(slices);
        call.Runtime.Charge(slices);
        (int size, int longer) = Math.DivRem(items.Count, slices);
        var result = new Value[slices];
        int start = 0;
        for (int i = 0; i < slices; i++)
        {
            int count = size + (i < longer ? 1 : 0);
            IEnumerable<Value> part = items.Skip(start).Take(count);
            result[i] = new ListValue((call.Has(2) && i >= longer ? part.Append(call[2]!) : part).ToArray());
            start += count;
        }

        return new IteratorValue(result);
    }

    private static ListValue GroupBy(Call call)
    {
        bool caseSensitive = call.Flag(3);
        Func<Value, Value> label = Attribute.Getter(call.Runtime, call[1]!, call[2]);
        Value Key(Value item) => caseSensitive ? label(item) : Attribute.Folded(call.Runtime, label(item));
        var groups = new List<Value>();
        var current = new List<Value>();
        foreach (Value item in StableSort.Sort(call.Items(), (a, b) => Comparison.Order(call.Runtime, "<", Key(a), Key(b))))
        {
            if (current.Count > 0 && !Comparison.Equal(call.Runtime, Key(current[0]), Key(item)))
            {
                groups.Add(new GroupValue(label(current[0]), new ListValue(current)));
                current = [];
            }

            current.Add(item);
        }

        if (current.Count > 0)
            groups.Add(new GroupValue(label(current[0]), new ListValue(current)));
        return new ListValue(groups);
    }

    private static ListValue DictSort(Call call)
    {
        if (call.Self is not DictValue dict)
            throw call.Error($"needs a mapping, not {call.Self.TypeName}");
        int position = call.String(2, "key") switch
        {
            "key" => 0,
            "value" => 1,
            var other => throw call.Error($"by='{other}' is neither 'key' nor 'value'"),
        };
        Func<Value, Value> key = Attribute.SortKey(call.Runtime, new IntValue(position), call.Flag(1));
        bool descending = call.Flag(3);
        return new ListValue(StableSort.Sort(dict.Pairs(call.Runtime), (a, b) => descending
            ? Comparison.Order(call.Runtime, "<", key(b), key(a))
            : Comparison.Order(call.Runtime, "<", key(a), key(b))));
    }
}
