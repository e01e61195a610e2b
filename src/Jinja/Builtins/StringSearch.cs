namespace MoE.Jinja.Builtins;

/// <summary>Methods of <c>str</c> that look for something or ask what its characters are.</summary>
internal static class StringSearch
{
    public static void AddTo(BuiltinTable table) => table
        .Add("startswith", "self prefix start? end?", call => Affix(call, (text, affix) => text.StartsWith(affix, StringComparison.Ordinal)))
        .Add("endswith", "self suffix start? end?", call => Affix(call, (text, affix) => text.EndsWith(affix, StringComparison.Ordinal)))
        .Add("find", "self sub start? end?", call => new IntValue(Find(call, last: false)))
        .Add("rfind", "self sub start? end?", call => new IntValue(Find(call, last: true)))
        .Add("index", "self sub start? end?", call => new IntValue(Found(call, last: false)))
        .Add("rindex", "self sub start? end?", call => new IntValue(Found(call, last: true)))
        .Add("count", "self sub start? end?", Count)
        .Add("isdigit", "self", call => All(call, char.IsDigit))
        .Add("isdecimal", "self", call => All(call, char.IsDigit))
        .Add("isnumeric", "self", call => All(call, char.IsNumber))
        .Add("isalpha", "self", call => All(call, char.IsLetter))
        .Add("isalnum", "self", call => All(call, c => char.IsLetter(c) || char.IsNumber(c)))
        .Add("isspace", "self", call => All(call, Strings.IsSpace))
        .Add("isascii", "self", call => BoolValue.Of(((StringValue)call.Self).Text.All(char.IsAscii)))
        .Add("isupper", "self", call => BoolValue.Of(HasCase(((StringValue)call.Self).Text, char.IsUpper, char.IsLower)))
        .Add("islower", "self", call => BoolValue.Of(HasCase(((StringValue)call.Self).Text, char.IsLower, char.IsUpper)));

    /// <summary>Whether some letter is of one case and none of the other.</summary>
    public static bool HasCase(string text, Func<char, bool> wanted, Func<char, bool> other) => text.Any(wanted) && !text.Any(other);

    private static BoolValue All(Call call, Func<char, bool> test)
    {
        string text = ((StringValue)call.Self).Text;
        return BoolValue.Of(text.Length > 0 && text.All(test));
    }

    /// <summary>The part of the string that the start and end arguments leave, as UTF-16 positions.</summary>
    private static (int From, int To) Range(Call call)
    {
        var self = (StringValue)call.Self;
        int length = self.Length!.Value;
        int from = At(call.Int(2, 0), length);
        int to = At(call.Int(3, length), length);
        return (self.ToOffset(from), self.ToOffset(Math.Max(from, to)));
    }

    private static int At(int position, int length) => Math.Clamp(position < 0 ? position + length : position, 0, length);

    private static BoolValue Affix(Call call, Func<string, string, bool> test)
    {
        (int from, int to) = Range(call);
        string text = ((StringValue)call.Self).Text[from..to];
        if (call[1] is not TupleValue options)
            return BoolValue.Of(test(text, call.String(1).Text));
        foreach (Value option in options.Elements)
            if (option is not StringValue)
                throw call.Error($"needs a string or a tuple of strings, not {option.TypeName} in it");
        return BoolValue.Of(options.Elements.Any(option => test(text, ((StringValue)option).Text)));
    }

    /// <summary>Code point where the substring begins, or -1.</summary>
    private static int Find(Call call, bool last)
    {
        var self = (StringValue)call.Self;
        (int from, int to) = Range(call);
        ReadOnlySpan<char> part = self.Text.AsSpan(from, to - from);
        ReadOnlySpan<char> sought = call.String(1).Text;
        call.Runtime.ChargeSearch(part.Length, sought.Length);
        int at = last ? part.LastIndexOf(sought) : part.IndexOf(sought);
        return at < 0 ? -1 : self.ToCodePoint(from + at);
    }

    private static int Found(Call call, bool last) =>
        Find(call, last) is >= 0 and var at ? at : throw call.Error("substring not found");

    private static IntValue Count(Call call)
    {
        var self = (StringValue)call.Self;
        (int from, int to) = Range(call);
        string sought = call.String(1).Text;
        if (sought.Length == 0)
            return new IntValue(self.ToCodePoint(to) - self.ToCodePoint(from) + 1);
        call.Runtime.ChargeSearch(to - from, sought.Length);
        int count = 0;
        for (int at = from; (at = self.Text.IndexOf(sought, at, to - at, StringComparison.Ordinal)) >= 0; at += sought.Length)
            count++;
        return new IntValue(count);
    }
}
