using System.Globalization;

namespace MoE.Jinja.Builtins;

/// <summary>The <c>attribute</c> argument of filters: <c>'a.b.0'</c> walks members and items.</summary>
internal static class Attribute
{
    /// <summary>Reads an attribute; where it is undefined, <paramref name="missing"/> if there is one.</summary>
    public static Func<Value, Value> Getter(Runtime runtime, Value attribute, Value? missing = null)
    {
        Value[] parts = attribute is StringValue path ? path.Text.Split('.').Select(Part).ToArray() : [attribute];
        return item =>
        {
            foreach (Value part in parts)
            {
                item = Access.Item(runtime, item, part);
                if (missing is not null && item is UndefinedValue)
                    item = missing;
            }

            return item;
        };
    }

    /// <summary>What items are compared by: the attribute or the item, strings in lower case unless case counts.</summary>
    public static Func<Value, Value> SortKey(Runtime runtime, Value? attribute, bool caseSensitive)
    {
        Func<Value, Value> part = attribute is null or NoneValue ? item => item : Getter(runtime, attribute);
        return caseSensitive ? part : item => Folded(runtime, part(item));
    }

    /// <summary>A string in lower case, any other value as it is.</summary>
    public static Value Folded(Runtime runtime, Value key)
    {
        if (key is not StringValue text)
            return key;
        runtime.ChargeChars(text.Text.Length);
        return LetterCase.Lower(text);
    }

    private static Value Part(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
        ? new IntValue(index)
        : new StringValue(name);
}
