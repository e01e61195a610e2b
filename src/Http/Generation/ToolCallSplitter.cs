using System.Text;

namespace MoE.Http.Generation;

/// <summary>
/// Takes tool calls out of one choice's text, in the form that Qwen's models write (Hermes'): <c>&lt;tool_call&gt;{"name": …,
/// "arguments": {…}}&lt;/tool_call&gt;</c>. What only looks like one stays text; white space around calls goes. The result does not depend
/// on how the text was cut into pieces. Not thread-safe.
/// </summary>
internal sealed class ToolCallSplitter
{
    /// <summary>Begins a call; a template that asks for calls names it.</summary>
    public const string Open = "<tool_call>";

    private const string Close = "</tool_call>";

    // Undecided: outside a call white space and what may become the mark, inside it everything.
    private readonly StringBuilder _held = new();
    private bool _inside;
    private int _matched;

    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>Takes text.</summary>
    /// <param name="text">The next piece.</param>
    /// <param name="last">Whether it is the last one.</param>
    /// <returns>Text to show, and the calls that ended.</returns>
    public (string Text, IReadOnlyList<ToolCall> Calls) Add(string text, bool last)
    {
        var shown = new StringBuilder();
        var calls = new List<ToolCall>();
        foreach (var c in text)
        {
            _held.Append(c);
            var mark = _inside ? Close : Open;
            // A mark has its first character nowhere else, so a mismatch begins anew with this one.
            _matched = c == mark[_matched] ? _matched + 1 : c == mark[0] ? 1 : 0;
            if (_matched == mark.Length)
                Marked(mark, shown, calls);
            else if (!_inside && _matched == 0 && !char.IsWhiteSpace(c))
                Show(shown, _held.ToString());
        }

        Calls += calls.Count;
        if (last)
            End(shown);
        return (shown.ToString(), calls);
    }

    private void Marked(string mark, StringBuilder shown, List<ToolCall> calls)
    {
        var before = _held.ToString(0, _held.Length - mark.Length);
        _matched = 0;
        if (!_inside)
            Show(shown, before.TrimEnd());
        else if (ToolCall.Parse(before) is { } call)
            calls.Add(call);
        else
            Show(shown, Open + before + Close);
        _held.Clear();
        _inside = !_inside;
    }

    private void End(StringBuilder shown)
    {
        var rest = _held.ToString();
        Show(shown, _inside ? Open + rest : Calls > 0 ? rest.TrimEnd() : rest);
        _inside = false;
    }

    private void Show(StringBuilder shown, string text)
    {
        shown.Append(text);
        _held.Clear();
    }
}
