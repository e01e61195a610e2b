namespace MoE.Simulation.Tests;

/// <summary>What happened, as one number that two runs of a seed share, and as text where somebody will read it.</summary>
internal sealed class Trace(SimulationLoop loop, int lines)
{
    private static readonly TimeSpan s_repeat = TimeSpan.FromSeconds(30);
    private readonly Queue<string> _lines = new();
    private readonly Dictionary<string, TimeSpan> _noted = [];

    public bool Verbose => lines > 0;

    public ulong Hash { get; private set; } = 14695981039346656037;

    public long Events { get; private set; }

    public IEnumerable<string> Tail => _lines;

    /// <summary>Something happened; its words must not depend on anything but the seed.</summary>
    public void Add(string kind, string from = "", string to = "", string what = "")
    {
        Events++;
        Mix(loop.Now.Ticks);
        Mix(kind);
        Mix(from);
        Mix(to);
        Mix(what);
        if (Verbose)
            Write($"{kind} {from}{(to.Length > 0 ? $" -> {to}" : "")} {what}");
    }

    /// <summary>A line that is only read; what repeats within a while is left out.</summary>
    public void Note(string text)
    {
        if (!Verbose || (_noted.TryGetValue(text, out var last) && loop.Now - last < s_repeat))
            return;
        _noted[text] = loop.Now;
        Write($"    {text}");
    }

    private void Write(string text)
    {
        if (_lines.Count == lines)
            _lines.Dequeue();
        _lines.Enqueue(FormattableString.Invariant($"{loop.Now.TotalSeconds,9:0.0000} {text}"));
    }

    private void Mix(string text)
    {
        foreach (var c in text)
            Hash = (Hash ^ c) * 1099511628211;
        Mix(text.Length);
    }

    private void Mix(long value) => Hash = (Hash ^ (ulong)value) * 1099511628211;
}
