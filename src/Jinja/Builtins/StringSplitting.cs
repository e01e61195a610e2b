namespace MoE.Jinja.Builtins;

/// <summary>Methods of <c>str</c> that cut it.</summary>
internal static class StringSplitting
{
    public static void AddTo(BuiltinTable table) => table
        .Add("split", "self sep? maxsplit?", call => new ListValue(Split(call, fromRight: false)))
        .Add("rsplit", "self sep? maxsplit?", call => new ListValue(Split(call, fromRight: true)))
        .Add("splitlines", "self keepends?", call => new ListValue(Strings.Lines((StringValue)call.Self, call.Flag(1))))
        .Add("partition", "self sep", call => Partition(call, last: false))
        .Add("rpartition", "self sep", call => Partition(call, last: true));

    private static List<Value> Split(Call call, bool fromRight)
    {
        var self = (StringValue)call.Self;
        int most = call.Int(2, -1) is >= 0 and var given ? given : int.MaxValue;
        List<(int From, int To)> cuts = call.Has(1) ? Separators(call, most, fromRight) : Spaces(self.Text, most, fromRight);
        var parts = new List<Value>();
        int start = 0;
        foreach ((int from, int to) in cuts)
        {
            parts.Add(self.Slice(start, from - start));
            start = to;
        }

        parts.Add(self.Slice(start, self.Text.Length - start));
        call.Runtime.Charge(parts.Count);
        if (call.Has(1))
            return parts;

        // Without a separator, what is at the ends is no separator but stripped.
        parts[0] = Strings.Strip((StringValue)parts[0], null, left: true, right: false);
        parts[^1] = Strings.Strip((StringValue)parts[^1], null, left: false, right: true);
        parts.RemoveAll(part => !part.Truthy);
        return parts;
    }

    private static List<(int From, int To)> Separators(Call call, int most, bool fromRight)
    {
        string text = ((StringValue)call.Self).Text;
        string separator = call.String(1).Text;
        if (separator.Length == 0)
            throw call.Error("empty separator");
        var cuts = new List<(int, int)>();
        if (!fromRight)
        {
            for (int at = 0; cuts.Count < most && (at = text.IndexOf(separator, at, StringComparison.Ordinal)) >= 0; at += separator.Length)
                cuts.Add((at, at + separator.Length));
            return cuts;
        }

        for (int end = text.Length; cuts.Count < most && text.AsSpan(0, end).LastIndexOf(separator) is >= 0 and var at; end = at)
            cuts.Add((at, at + separator.Length));
        cuts.Reverse();
        return cuts;
    }

    /// <summary>Runs of whitespace between words.</summary>
    private static List<(int From, int To)> Spaces(string text, int most, bool fromRight)
    {
        var runs = new List<(int From, int To)>();
        for (int i = 0; i < text.Length; i++)
            if (Strings.IsSpace(text[i]))
            {
                int from = i;
                while (i < text.Length && Strings.IsSpace(text[i]))
                    i++;
                if (from > 0 && i < text.Length)
                    runs.Add((from, i));
            }

        if (runs.Count <= most)
            return runs;
        return fromRight ? runs.GetRange(runs.Count - most, most) : runs.GetRange(0, most);
    }

    private static TupleValue Partition(Call call, bool last)
    {
        var self = (StringValue)call.Self;
        StringValue separator = call.String(1);
        if (separator.Text.Length == 0)
            throw call.Error("empty separator");
        ReadOnlySpan<char> text = self.Text;
        int at = last ? text.LastIndexOf(separator.Text) : text.IndexOf(separator.Text);
        if (at < 0)
            return new TupleValue(last ? [StringValue.Empty, StringValue.Empty, self] : [self, StringValue.Empty, StringValue.Empty]);
        int end = at + separator.Text.Length;
        return new TupleValue([self.Slice(0, at), self.Slice(at, end - at), self.Slice(end, text.Length - end)]);
    }
}
