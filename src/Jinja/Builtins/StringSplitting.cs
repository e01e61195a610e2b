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
        List<Value> parts = !call.Has(1)
            ? (fromRight ? WordsFromRight(self, most) : Words(self, most))
            : AtSeparators(self, Separators(call, most, fromRight));
        call.Runtime.Charge(parts.Count);
        return parts;
    }

    private static List<Value> AtSeparators(StringValue self, List<(int From, int To)> separators)
    {
        var parts = new List<Value>();
        int start = 0;
        foreach ((int from, int to) in separators)
        {
            parts.Add(self.Slice(start, from - start));
            start = to;
        }

        parts.Add(self.Slice(start, self.Text.Length - start));
        return parts;
    }

    private static List<(int From, int To)> Separators(Call call, int most, bool fromRight)
    {
        string text = ((StringValue)call.Self).Text;
        string separator = call.String(1).Text;
        if (separator.Length == 0)
            throw call.Error("empty separator");
        call.Runtime.ChargeSearch(text.Length, separator.Length);
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

    /// <summary>The first words; what is left after <paramref name="most"/> of them keeps its inner and trailing whitespace.</summary>
    private static List<Value> Words(StringValue self, int most)
    {
        string text = self.Text;
        var words = new List<Value>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && Strings.IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return words;
            int start = at;
            while (at < text.Length && (words.Count == most || !Strings.IsSpace(text[at])))
                at++;
            words.Add(self.Slice(start, at - start));
        }
    }

    private static List<Value> WordsFromRight(StringValue self, int most)
    {
        string text = self.Text;
        var words = new List<Value>();
        int at = text.Length;
        while (true)
        {
            while (at > 0 && Strings.IsSpace(text[at - 1]))
                at--;
            if (at == 0)
                break;
            int end = at;
            while (at > 0 && (words.Count == most || !Strings.IsSpace(text[at - 1])))
                at--;
            words.Add(self.Slice(at, end - at));
        }

        words.Reverse();
        return words;
    }

    private static TupleValue Partition(Call call, bool last)
    {
        var self = (StringValue)call.Self;
        StringValue separator = call.String(1);
        if (separator.Text.Length == 0)
            throw call.Error("empty separator");
        call.Runtime.ChargeSearch(self.Text.Length, separator.Text.Length);
        ReadOnlySpan<char> text = self.Text;
        int at = last ? text.LastIndexOf(separator.Text) : text.IndexOf(separator.Text);
        if (at < 0)
            return new TupleValue(last ? [StringValue.Empty, StringValue.Empty, self] : [self, StringValue.Empty, StringValue.Empty]);
        int end = at + separator.Text.Length;
        return new TupleValue([self.Slice(0, at), self.Slice(at, end - at), self.Slice(end, text.Length - end)]);
    }
}
