namespace MoE.Jinja;

/// <summary>A template that cannot be parsed or rendered; the message is one line and ends with the template's line.</summary>
public sealed class JinjaException : Exception
{
    internal JinjaException(string reason, int line, bool raised = false)
        : base($"{reason} (template line {line})")
    {
        Reason = reason;
        Line = line;
        Raised = raised;
    }

    /// <summary>The message without the line.</summary>
    public string Reason { get; }

    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; }

    /// <summary>Whether the template itself refused its input with <c>raise_exception</c>.</summary>
    public bool Raised { get; }
}
