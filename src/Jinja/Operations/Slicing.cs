using System.Numerics;

namespace MoE.Jinja.Operations;

/// <summary>Python's <c>[start:stop:step]</c> on strings, lists and tuples.</summary>
internal static class Slicing
{
    public static Value Apply(Runtime runtime, Value owner, Value? start, Value? stop, Value? step)
    {
        if (owner is UndefinedValue undefined)
            throw runtime.Error(undefined.Message);
        if (owner is not (StringValue or SequenceValue))
            throw runtime.Error($"'{owner.TypeName}' object cannot be sliced");
        int length = owner.Length!.Value;
        int by = Bound(runtime, step) is { } given ? (int)BigInteger.Clamp(given, -int.MaxValue, int.MaxValue) : 1;
        if (by == 0)
            throw runtime.Error("slice step cannot be zero");
        int from = Clamp(Bound(runtime, start), length, by, by > 0 ? 0 : length - 1);
        int to = Clamp(Bound(runtime, stop), length, by, by > 0 ? length : -1);
        int count = by > 0 ? Count(from, to, by) : Count(to, from, -(long)by);
        return owner is StringValue text ? Text(runtime, text, from, by, count) : Sequence(runtime, (SequenceValue)owner, from, by, count);
    }

    private static BigInteger? Bound(Runtime runtime, Value? value) => value switch
    {
        null or NoneValue => null,
        IntegralValue number => number.AsInteger,
        UndefinedValue undefined => throw runtime.Error(undefined.Message),
        _ => throw runtime.Error($"slice indices must be integers or None, not {value.TypeName}"),
    };

    private static int Clamp(BigInteger? bound, int length, int step, int missing)
    {
        if (bound is not { } value)
            return missing;
        BigInteger at = value.Sign < 0 ? value + length : value;
        return step > 0 ? (int)BigInteger.Clamp(at, 0, length) : (int)BigInteger.Clamp(at, -1, length - 1);
    }

    private static int Count(int low, int high, long step) => high <= low ? 0 : (int)((high - low - 1) / step) + 1;

    private static StringValue Text(Runtime runtime, StringValue text, int from, int step, int count)
    {
        if (step == 1)
        {
            runtime.ChargeChars(count);
            return count == 0 ? StringValue.Empty : text.SliceCodePoints(from, from + count);
        }

        var builder = new TextBuilder(runtime);
        runtime.Charge(count);
        for (int i = 0; i < count; i++)
        {
            int start = text.ToOffset(from + (i * step));
            builder.Append(text, start, text.ToOffset(from + (i * step) + 1) - start);
        }

        return builder.ToValue();
    }

    private static SequenceValue Sequence(Runtime runtime, SequenceValue sequence, int from, int step, int count)
    {
        runtime.Charge(count);
        var items = new Value[count];
        for (int i = 0; i < count; i++)
            items[i] = sequence.Elements[from + (i * step)];
        return sequence.With(items);
    }
}
