using System.Text;

namespace MoE.Jinja.Text;

/// <summary>Joins strings and keeps apart which parts came from untrusted input.</summary>
internal sealed class TextBuilder(Runtime runtime, int maxChars)
{
    private readonly StringBuilder _text = new();
    private List<int>? _flips;

    public TextBuilder(Runtime runtime)
        : this(runtime, runtime.Limits.MaxValueSize)
    {
    }

    public int Length => _text.Length;

    public void Append(StringValue value) => Append(value, 0, value.Text.Length);

    /// <summary>Appends UTF-16 units [start, start + length) of a string.</summary>
    public void Append(StringValue value, int start, int length)
    {
        Reserve(length);
        int shift = _text.Length - start;
        _text.Append(value.Text, start, length);
        if (value.Flips is { } flips)
            foreach ((int from, int to) in Taint.Within(flips, start, length))
                Mark(from + shift, to + shift);
    }

    public void Append(string text, bool untrusted = false)
    {
        Reserve(text.Length);
        int from = _text.Length;
        _text.Append(text);
        if (untrusted)
            Mark(from, _text.Length);
    }

    public void Append(char c, bool untrusted = false)
    {
        Reserve(1);
        _text.Append(c);
        if (untrusted)
            Mark(_text.Length - 1, _text.Length);
    }

    public void Repeat(StringValue value, long times)
    {
        runtime.CheckSize(Math.Max(times, 0) * value.Text.Length);
        for (long i = 0; i < times && value.Text.Length > 0; i++)
            Append(value);
    }

    public StringValue ToValue() => new(_text.ToString(), _flips?.ToArray());

    private void Reserve(int more)
    {
        runtime.ChargeChars(more);
        if ((long)_text.Length + more > maxChars)
            throw runtime.Error($"text of {(long)_text.Length + more} characters is over the limit of {maxChars}");
    }

    private void Mark(int from, int to)
    {
        if (from == to)
            return;
        _flips ??= [];
        if (_flips.Count > 0 && _flips[^1] == from)
            _flips[^1] = to;
        else
            _flips.AddRange([from, to]);
    }
}
