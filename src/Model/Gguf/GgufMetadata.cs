using System.Globalization;

namespace MoE.Model;

/// <summary>A file's key-value pairs, with getters that name the key and the bound when a value will not do.</summary>
/// <param name="file">For errors.</param>
/// <param name="values">Boxed scalars, strings, and arrays of them.</param>
internal sealed class GgufMetadata(string file, IReadOnlyDictionary<string, object> values)
{
    public string File => file;

    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>A file's value as it is: a boxed scalar, a string or an array.</summary>
    public object? Raw(string key) => values.GetValueOrDefault(key);

    public string? String(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        string text => text,
        var other => throw WrongType(key, other, "a string"),
    };

    public bool? Bool(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        bool flag => flag,
        var other => throw WrongType(key, other, "a bool"),
    };

    /// <summary>An integer of any width, or null where the key is absent.</summary>
    public int? Int(string key, int least, int most)
    {
        if (values.GetValueOrDefault(key) is not { } value)
            return null;
        if (!TryInteger(value, out var number))
            throw WrongType(key, value, "an integer");
        return Bounded(key, number, least, most);
    }

    public int RequiredInt(string key, int least, int most) =>
        Int(key, least, most) ?? throw Missing(key);

    /// <summary>A finite number, or null where the key is absent.</summary>
    public float? Float(string key)
    {
        if (values.GetValueOrDefault(key) is not { } value)
            return null;
        var number = value switch
        {
            float single => single,
            double wide => (float)wide,
            _ when TryInteger(value, out var integer) => (float)integer,
            _ => throw WrongType(key, value, "a number"),
        };
        return float.IsFinite(number) ? number : throw new ModelFormatException($"{file}: {key} is {Text(number)}; it must be finite");
    }

    /// <summary>A number within bounds, or null where the key is absent.</summary>
    public float? Float(string key, float least, float most)
    {
        var number = Float(key);
        return number is null || (number >= least && number <= most)
            ? number
            : throw new ModelFormatException($"{file}: {key} is {Text(number.Value)}; it must be {Text(least)} to {Text(most)}");
    }

    /// <summary>A finite number above 0, or null where the key is absent.</summary>
    public float? PositiveFloat(string key)
    {
        var number = Float(key);
        return number is null or > 0 ? number : throw new ModelFormatException($"{file}: {key} is {Text(number.Value)}; it must be above 0");
    }

    /// <summary>A scalar, or a per-layer array whose entries are all equal.</summary>
    public int? UniformInt(string key, int layers, int least, int most)
    {
        if (values.GetValueOrDefault(key) is not Array array)
            return Int(key, least, most);
        var entries = Integers(key, array);
        if (entries.Length != layers)
            throw new ModelFormatException($"{file}: {key} has {entries.Length} entries; the model has {layers} layers");
        foreach (var entry in entries)
        {
            if (entry != entries[0])
                throw new ModelFormatException($"{file}: {key} is {entries[0]} in one layer and {entry} in another; layers that differ are not supported");
        }

        return Bounded(key, entries[0], least, most);
    }

    public T[]? Array<T>(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        T[] array => array,
        Array { Length: 0 } => [],
        var other => throw WrongType(key, other, $"an array of {typeof(T).Name}"),
    };

    /// <summary>An array of any integer type.</summary>
    public int[]? IntArray(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        Array array => [.. Integers(key, array).Select(entry => Bounded(key, entry, int.MinValue, int.MaxValue))],
        var other => throw WrongType(key, other, "an array of integers"),
    };

    public ModelFormatException Missing(string key) => new($"{file}: {key} is missing");

    private static string Text(float number) => number.ToString(CultureInfo.InvariantCulture);

    private decimal[] Integers(string key, Array array)
    {
        var entries = new decimal[array.Length];
        var i = 0;
        foreach (var entry in array)
        {
            if (!TryInteger(entry, out entries[i++]))
                throw WrongType(key, array, "an array of integers");
        }

        return entries;
    }

    private int Bounded(string key, decimal number, int least, int most) => number >= least && number <= most
        ? (int)number
        : throw new ModelFormatException($"{file}: {key} is {number.ToString(CultureInfo.InvariantCulture)}; it must be {least} to {most}");

    private static bool TryInteger(object? value, out decimal number)
    {
        switch (value)
        {
            case byte or sbyte or ushort or short or uint or int or ulong or long:
                number = Convert.ToDecimal(value, CultureInfo.InvariantCulture);
                return true;
            default:
                number = 0;
                return false;
        }
    }

    private ModelFormatException WrongType(string key, object value, string wanted) => new(
        $"{file}: {key} is {(value is Array array ? $"an array of {array.Length}" : $"of type {value.GetType().Name}")}; it must be {wanted}");
}
