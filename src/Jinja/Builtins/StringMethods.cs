namespace MoE.Jinja.Builtins;

/// <summary>Methods of <c>str</c>.</summary>
internal static class StringMethods
{
    public static BuiltinTable Table { get; } = Build();

    private static StringValue Self(Call call) => (StringValue)call.Self;

    private static BuiltinTable Build()
    {
        var table = new BuiltinTable()
            .Add("upper", "self", call => LetterCase.Upper(call.Runtime, Self(call)))
            .Add("lower", "self", call => LetterCase.Lower(Self(call)))
            .Add("casefold", "self", call => LetterCase.Lower(Self(call)))
            .Add("title", "self", call => LetterCase.Title(Self(call)))
            .Add("capitalize", "self", call => LetterCase.Capitalize(Self(call)))
            .Add("swapcase", "self", call => LetterCase.Swap(Self(call)))
            .Add("strip", "self chars?", call => Strings.Strip(Self(call), Chars(call), left: true, right: true))
            .Add("lstrip", "self chars?", call => Strings.Strip(Self(call), Chars(call), left: true, right: false))
            .Add("rstrip", "self chars?", call => Strings.Strip(Self(call), Chars(call), left: false, right: true))
            .Add("removeprefix", "self prefix", RemovePrefix)
            .Add("removesuffix", "self suffix", RemoveSuffix)
            .Add("replace", "self old new count?", call => Strings.Replace(call.Runtime, Self(call), call.String(1), call.String(2), call.Int(3, -1)))
            .Add("join", "self iterable", Join)
            .Add("zfill", "self width", ZFill)
            .Add("center", "self width fillchar?", call => Strings.Pad(call, call.Int(1), call.String(2, " "), PadSide.Both))
            .Add("ljust", "self width fillchar?", call => Strings.Pad(call, call.Int(1), call.String(2, " "), PadSide.Right))
            .Add("rjust", "self width fillchar?", call => Strings.Pad(call, call.Int(1), call.String(2, " "), PadSide.Left))
            .AddRaw("format", (runtime, arguments) => BraceFormat.Apply(runtime, (StringValue)arguments.Positional[0], arguments.Skip(1)));
        StringSplitting.AddTo(table);
        StringSearch.AddTo(table);
        return table;
    }

    private static string? Chars(Call call) => call.Has(1) ? call.String(1).Text : null;

    private static StringValue RemovePrefix(Call call)
    {
        StringValue self = Self(call);
        string prefix = call.String(1).Text;
        return self.Text.StartsWith(prefix, StringComparison.Ordinal) ? self.Slice(prefix.Length, self.Text.Length - prefix.Length) : self;
    }

    private static StringValue RemoveSuffix(Call call)
    {
        StringValue self = Self(call);
        string suffix = call.String(1).Text;
        return self.Text.EndsWith(suffix, StringComparison.Ordinal) ? self.Slice(0, self.Text.Length - suffix.Length) : self;
    }

    private static StringValue Join(Call call)
    {
        var text = new TextBuilder(call.Runtime);
        IReadOnlyList<Value> items = call.Items(1);
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i] is not StringValue item)
                throw call.Error($"item {i} is {items[i].TypeName}, not str");
            if (i > 0)
                text.Append(Self(call));
            text.Append(item);
        }

        return text.ToValue();
    }

    private static StringValue ZFill(Call call)
    {
        StringValue self = Self(call);
        int missing = Math.Max(0, call.Int(1) - self.Length!.Value);
        int sign = self.Text.StartsWith('-') || self.Text.StartsWith('+') ? 1 : 0;
        var text = new TextBuilder(call.Runtime);
        text.Append(self, 0, sign);
        text.Repeat(new StringValue("0"), missing);
        text.Append(self, sign, self.Text.Length - sign);
        return text.ToValue();
    }
}
