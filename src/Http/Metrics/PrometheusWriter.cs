using System.Globalization;
using System.Text;

namespace MoE.Http.Metrics;

/// <summary>Writes Prometheus' text format, version 0.0.4. Every family is begun once, with HELP and TYPE, before its samples.</summary>
internal sealed class PrometheusWriter
{
    private readonly StringBuilder _text = new();
    private string _name = string.Empty;

    /// <summary>Begins a family; the samples that follow are its.</summary>
    /// <param name="name">With its unit, and <c>_total</c> for a counter.</param>
    /// <param name="type">counter, gauge or histogram.</param>
    /// <param name="help">One line.</param>
    public void Begin(string name, string type, string help)
    {
        _name = name;
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    /// <summary>A family of one sample without labels.</summary>
    /// <inheritdoc cref="Begin"/>
    public void Single(string name, string type, string help, double value)
    {
        Begin(name, type, help);
        Add(value);
    }

    public void Add(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample(string.Empty, value, labels, null);

    public void Add(Histogram histogram, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var (counts, sum) = histogram.Read();
        long count = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            count += counts[i];
            Sample("_bucket", count, labels, i < histogram.Bounds.Count ? Number(histogram.Bounds[i]) : "+Inf");
        }

        Sample("_sum", sum, labels, null);
        Sample("_count", count, labels, null);
    }

    public override string ToString() => _text.ToString();

    private void Sample(string suffix, double value, ReadOnlySpan<(string Name, string Value)> labels, string? bound)
    {
        _text.Append(_name).Append(suffix);
        var separator = '{';
        foreach (var (name, text) in labels)
        {
            Label(separator, name, text);
            separator = ',';
        }

        if (bound is not null)
        {
            Label(separator, "le", bound);
            separator = ',';
        }

        if (separator == ',')
            _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void Label(char separator, string name, string value)
    {
        _text.Append(separator).Append(name).Append("=\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => _text.Append("\\\\"),
                '"' => _text.Append("\\\""),
                '\n' => _text.Append("\\n"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
