using System.Buffers;
using System.Text;

namespace MoE.Jinja.Operations;

internal enum PadSide
{
    Left,
    Right,
    Both,
}

/// <summary>What methods and filters on strings share; each keeps what is untrusted marked.</summary>
internal static class Strings
{
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>Takes whitespace, or the given characters, from the ends.</summary>
    public static StringValue Strip(StringValue value, string? chars, bool left, bool right)
    {
        HashSet<Rune>? set = chars?.EnumerateRunes().ToHashSet();
        ReadOnlySpan<char> rest = value.Text;
        int start = 0;
        while (left && Rune.DecodeFromUtf16(rest, out Rune first, out int width) == OperationStatus.Done && Strips(first, set))
        {
            rest = rest[width..];
            start += width;
        }

        while (right && Rune.DecodeLastFromUtf16(rest, out Rune last, out int width) == OperationStatus.Done && Strips(last, set))
            rest = rest[..^width];
        return value.Slice(start, rest.Length);
    }

    public static StringValue Replace(Runtime runtime, StringValue value, StringValue old, StringValue replacement, int count)
    {
        int left = count < 0 ? int.MaxValue : count;
        var output = new TextBuilder(runtime);
        string text = value.Text;
        int start = 0;
        if (old.Text.Length == 0)
        {
            for (int i = 0; i < value.Length && left > 0; i++, left--)
            {
                output.Append(replacement);
                start = value.ToOffset(i + 1);
                output.Append(value, value.ToOffset(i), start - value.ToOffset(i));
            }

            if (left > 0)
                output.Append(replacement);
        }
        else
        {
            runtime.ChargeSearch(text.Length, old.Text.Length);
            for (int at; left > 0 && (at = text.IndexOf(old.Text, start, StringComparison.Ordinal)) >= 0; left--)
            {
                output.Append(value, start, at - start);
                output.Append(replacement);
                start = at + old.Text.Length;
            }
        }

        if (start == 0 && output.Length == 0)
            return value;
        output.Append(value, start, text.Length - start);
        return output.ToValue();
    }

    /// <summary>Python's <c>splitlines</c>.</summary>
    public static List<Value> Lines(StringValue value, bool keepEnds)
    {
        string text = value.Text;
        var lines = new List<Value>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
            if (text[i] is '\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029')
            {
                int end = i;
                if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                    i++;
                lines.Add(value.Slice(start, (keepEnds ? i + 1 : end) - start));
                start = i + 1;
            }

        if (start < text.Length)
            lines.Add(value.Slice(start, text.Length - start));
        return lines;
    }

    public static StringValue Pad(Call call, int width, string fill, PadSide side)
    {
        StringValue text = call.Text(0);
        var padding = new StringValue(fill);
        if (padding.Length != 1)
            throw call.Error("the fill character must be exactly one character long");
        int missing = Math.Max(0, width - text.Length!.Value);
        int before = side switch
        {
            PadSide.Left => missing,
            PadSide.Right => 0,
            // CPython's rounding: the odd blank goes left only where both the padding and the width are odd.
            _ => (missing / 2) + (missing & width & 1),
        };
        var output = new TextBuilder(call.Runtime);
        output.Repeat(padding, before);
        output.Append(text);
        output.Repeat(padding, missing - before);
        return output.ToValue();
    }

    private static bool Strips(Rune rune, HashSet<Rune>? set) => set is null ? rune.IsBmp && IsSpace((char)rune.Value) : set.Contains(rune);
}
