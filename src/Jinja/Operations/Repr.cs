namespace MoE.Jinja.Operations;

/// <summary>Python's <c>repr()</c>. The text of a value with any untrusted string inside is untrusted as a whole.</summary>
internal static class Repr
{
    public static StringValue Of(Runtime runtime, Value value)
    {
        var text = new TextBuilder(runtime);
        value.WriteRepr(runtime, text);
        string written = text.ToValue().Text;
        return IsTrusted(runtime, value) ? new StringValue(written) : StringValue.Untrusted(written);
    }

    public static void WriteSequence(Runtime runtime, TextBuilder output, string open, IReadOnlyList<Value> items, string close)
    {
        runtime.EnsureStack();
        output.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                output.Append(", ");
            items[i].WriteRepr(runtime, output);
        }

        output.Append(close);
    }

    /// <summary>Whether no string inside a value comes from untrusted input.</summary>
    public static bool IsTrusted(Runtime runtime, Value value)
    {
        runtime.Charge(1);
        switch (value)
        {
            case StringValue text:
                return text.IsTrusted;
            case SequenceValue sequence:
                runtime.EnsureStack();
                return sequence.Elements.All(item => IsTrusted(runtime, item));
            case DictValue dict:
                runtime.EnsureStack();
                return dict.Entries.All(entry => IsTrusted(runtime, entry.Key) && IsTrusted(runtime, entry.Value));
            default:
                return value is NumberValue or NoneValue or UndefinedValue or CallableValue or IteratorValue;
        }
    }
}
