using MoE.Jinja.Statements;
using MoE.Jinja.Syntax;

namespace MoE.Jinja;

/// <summary>
/// A chat template: Jinja2 as transformers sets it up (immutable sandbox, <c>trim_blocks</c>, <c>lstrip_blocks</c>, loop controls,
/// <c>raise_exception</c>, <c>strftime_now</c>, <c>tojson</c> without HTML escapes, <c>{% generation %}</c>). Immutable, thread-safe.
/// </summary>
public sealed class JinjaTemplate
{
    private readonly Block _body;
    private readonly JinjaLimits _limits;

    private JinjaTemplate(Block body, JinjaLimits limits)
    {
        _body = body;
        _limits = limits;
    }

    /// <exception cref="JinjaException">The source is no template, or goes over a limit.</exception>
    public static JinjaTemplate Parse(string source, JinjaLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        limits ??= JinjaLimits.Default;
        return new JinjaTemplate(StatementParser.Parse(source, limits), limits);
    }

    /// <param name="inputs">Names to strings, numbers, booleans, null, JSON nodes or <see cref="JinjaInput"/>s.</param>
    /// <param name="time">The clock of <c>strftime_now</c>.</param>
    /// <exception cref="JinjaException">The template raised or failed, or went over a limit.</exception>
    public JinjaOutput Render(IReadOnlyDictionary<string, object?> inputs, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(time);
        var runtime = new Runtime(_limits, time);
        var scope = new Scope(runtime, null);
        foreach ((string name, object? value) in inputs)
            scope.Set(name, JinjaInput.Convert(runtime, name, value));
        var output = new TextBuilder(runtime, _limits.MaxOutputChars);
        _body.Run(scope, output);
        return ToOutput(output.ToValue());
    }

    private static JinjaOutput ToOutput(StringValue text)
    {
        var segments = new List<JinjaSegment>();
        int start = 0;
        bool trusted = true;
        foreach (int flip in (int[])[.. text.Flips ?? [], text.Text.Length])
        {
            if (flip > start)
                segments.Add(new JinjaSegment(text.Text[start..flip], trusted));
            start = flip;
            trusted = !trusted;
        }

        return new JinjaOutput(text.Text, segments);
    }
}
