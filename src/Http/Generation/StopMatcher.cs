using System.Text;

namespace MoE.Http.Generation;

/// <summary>
/// Watches a text for stop strings (Knuth, Morris and Pratt's automaton, one per string), so the cost of a character does
/// not depend on what was held back, and the cut does not depend on how the text was split into pieces.
/// </summary>
internal sealed class StopMatcher
{
    private readonly string[] _stops;
    private readonly int[][] _fallbacks;
    private readonly int[] _matched;
    private readonly StringBuilder _held = new();

    /// <param name="stops">Not empty strings.</param>
    public StopMatcher(IReadOnlyList<string> stops)
    {
        _stops = [.. stops];
        _fallbacks = [.. _stops.Select(Fallbacks)];
        _matched = new int[_stops.Length];
    }

    /// <summary>Whether a stop string was completed; nothing after it is looked at.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes text; returns what can be shown: all but an end that may begin a stop string.</summary>
    public string Add(string text)
    {
        if (Stopped)
            return string.Empty;
        if (_stops.Length == 0)
            return text;
        foreach (var c in text)
        {
            _held.Append(c);
            if (LongestCompleted(c) is not (> 0 and var length))
                continue;
            Stopped = true;
            _held.Length -= length;
            return Take(_held.Length);
        }

        return Take(_held.Length - _matched.Max());
    }

    /// <summary>Takes text without looking for stop strings in it, or across its edge.</summary>
    public string Pass(string text)
    {
        Array.Clear(_matched);
        _held.Append(text);
        return Take(_held.Length);
    }

    /// <summary>What was held back, when the text ends without a stop string.</summary>
    public string Finish() => Take(_held.Length);

    // The longest of the strings that end here starts first.
    private int LongestCompleted(char c)
    {
        var longest = 0;
        for (var i = 0; i < _stops.Length; i++)
        {
            var stop = _stops[i];
            var state = _matched[i];
            while (state > 0 && stop[state] != c)
                state = _fallbacks[i][state - 1];
            if (stop[state] == c)
                state++;
            _matched[i] = state;
            if (state == stop.Length)
                longest = Math.Max(longest, state);
        }

        return longest;
    }

    private string Take(int count)
    {
        var text = _held.ToString(0, count);
        _held.Remove(0, count);
        return text;
    }

    private static int[] Fallbacks(string stop)
    {
        var fallbacks = new int[stop.Length];
        for (int i = 1, state = 0; i < stop.Length; i++)
        {
            while (state > 0 && stop[state] != stop[i])
                state = fallbacks[state - 1];
            if (stop[state] == stop[i])
                state++;
            fallbacks[i] = state;
        }

        return fallbacks;
    }
}
