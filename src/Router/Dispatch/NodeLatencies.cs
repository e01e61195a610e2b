using System.Numerics;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// How long nodes take to answer, measured: what the next answer may take before its rows are sent elsewhere too. Answers are
/// kept by the power of two of their rows, so that a prompt's many rows are no sign of a hang. One that was not waited for counts as
/// long as it was, so that a pause does not make the next one look usual; a node that stays slow is waited for longer each time.
/// <para>What a row costs is the median of the last answers, so that one late answer changes nothing. A node that was slow gets no rows
/// where others have them done sooner, and then nothing shows when it is fast again: so it is tried after a while, with few rows, and
/// after twice as long where it was still slow.</para>
/// </summary>
/// <param name="settings">Bounds.</param>
/// <param name="trialAfter">How long a node that others are faster than is not asked, the first time.</param>
internal sealed class NodeLatencies(HedgeSettings settings, TimeSpan trialAfter) : IRowCosts
{
    /// <summary>How much slower than the fastest a node on trial counts: of eight rows it gets one or two.</summary>
    private const int TrialFactor = 4;

    /// <summary>A node that stays slow is tried after up to so many times the first pause.</summary>
    private const int LongestPause = 32;

    private readonly Dictionary<NodeId, Node> _nodes = [];
    private DateTimeOffset _latest;
    private double _fastest = double.NaN;

    /// <summary>Counts an answer in.</summary>
    /// <param name="node">Who answered.</param>
    /// <param name="rows">Rows of the answer, at least 1.</param>
    /// <param name="elapsed">From the dispatch to the answer.</param>
    /// <param name="hedgeAfter">How long it could take, when it was asked for, before another node was asked.</param>
    /// <param name="now">When it came.</param>
    public void Observe(NodeId node, int rows, TimeSpan elapsed, TimeSpan hedgeAfter, DateTimeOffset now)
    {
        if (!_nodes.TryGetValue(node, out var measured))
            _nodes.Add(node, measured = new Node(trialAfter, now));
        var trial = OnTrial(measured, now);
        measured.Add(rows, elapsed, hedgeAfter, now, forget: trial);
        _latest = now;
        FindFastest();
        if (measured.PerRow <= TrialFactor * _fastest)
            measured.TrialAfter = trialAfter;
        else if (trial && measured.TrialAfter < LongestPause * trialAfter)
            measured.TrialAfter *= 2;
    }

    /// <summary>
    /// How long an answer may take before another node is asked: a multiple of the 99th percentile, within the bounds of the settings. A
    /// node that has not answered yet, or not since its lane was lost, may take what the slowest of the others does.
    /// </summary>
    public TimeSpan HedgeAfter(NodeId node, int rows)
    {
        var measured = _nodes.TryGetValue(node, out var own) ? own.Percentile99(rows) : Slowest(rows);
        if (measured is not { } usual)
            return settings.Ceiling;
        var wait = TimeSpan.FromMilliseconds(usual * settings.Factor);
        return wait < settings.Floor ? settings.Floor : wait > settings.Ceiling ? settings.Ceiling : wait;
    }

    /// <summary>Milliseconds a row. A node that never answered counts as the fastest one, or 1 where there is none.</summary>
    public double PerRow(NodeId node)
    {
        if (!_nodes.TryGetValue(node, out var measured))
            return double.IsNaN(_fastest) ? 1 : _fastest;
        return OnTrial(measured, _latest) ? Math.Min(measured.PerRow, TrialFactor * _fastest) : measured.PerRow;
    }

    public void Forget(NodeId node)
    {
        _nodes.Remove(node);
        FindFastest();
    }

    private static bool OnTrial(Node measured, DateTimeOffset now) => now - measured.Last >= measured.TrialAfter;

    private void FindFastest()
    {
        _fastest = double.NaN;
        foreach (var node in _nodes.Values)
        {
            if (!(_fastest <= node.PerRow))
                _fastest = node.PerRow;
        }
    }

    /// <summary>The largest of all nodes' percentiles, or null.</summary>
    private double? Slowest(int rows)
    {
        double? slowest = null;
        foreach (var node in _nodes.Values)
        {
            if (node.Percentile99(rows) is { } usual && !(usual < slowest))
                slowest = usual;
        }

        return slowest;
    }

    /// <param name="trialAfter">The first pause.</param>
    /// <param name="now">When its first answer comes.</param>
    private sealed class Node(TimeSpan trialAfter, DateTimeOffset now)
    {
        /// <summary>Below a hundred samples the 99th percentile is the largest.</summary>
        private const int Samples = 64;

        /// <summary>Answers that say what a row costs: of a dozen layers, a token or two.</summary>
        private const int RecentSamples = 16;

        private readonly Window?[] _windows = new Window?[32];
        private readonly double[] _recent = new double[RecentSamples];
        private uint _answers;

        /// <summary>When its last answer came.</summary>
        public DateTimeOffset Last { get; private set; } = now;

        /// <summary>How long it is not asked before it is tried again.</summary>
        public TimeSpan TrialAfter { get; set; } = trialAfter;

        /// <summary>Milliseconds a row: the median of the last answers, the lower one of two.</summary>
        public double PerRow { get; private set; }

        /// <param name="rows">Rows of the answer.</param>
        /// <param name="elapsed">What it took.</param>
        /// <param name="waited">How long it was waited for at most.</param>
        /// <param name="now">When it came.</param>
        /// <param name="forget">Whether earlier answers say nothing about what a row costs any more.</param>
        public void Add(int rows, TimeSpan elapsed, TimeSpan waited, DateTimeOffset now, bool forget)
        {
            (_windows[BitOperations.Log2((uint)rows)] ??= new Window()).Add(Math.Min(elapsed.TotalMilliseconds, waited.TotalMilliseconds));
            if (forget)
                _answers = 0;
            _recent[_answers++ % RecentSamples] = elapsed.TotalMilliseconds / rows;
            PerRow = Median();
            Last = now;
        }

        private double Median()
        {
            Span<double> sorted = stackalloc double[RecentSamples];
            var count = (int)Math.Min(_answers, RecentSamples);
            sorted = sorted[..count];
            _recent.AsSpan(0, count).CopyTo(sorted);
            sorted.Sort();
            return sorted[(count - 1) / 2];
        }

        /// <summary>Of answers of this size; else of the next smaller size, taken to grow with the rows, or of the next larger.</summary>
        public double? Percentile99(int rows)
        {
            var size = BitOperations.Log2((uint)rows);
            for (var smaller = size; smaller >= 0; smaller--)
            {
                if (_windows[smaller] is { } window)
                    return window.Largest * (1L << (size - smaller));
            }

            for (var larger = size + 1; larger < _windows.Length; larger++)
            {
                if (_windows[larger] is { } window)
                    return window.Largest;
            }

            return null;
        }

        private sealed class Window
        {
            private readonly double[] _values = new double[Samples];
            private uint _next;

            public double Largest
            {
                get
                {
                    var largest = 0.0;
                    foreach (var value in _values)
                        largest = Math.Max(largest, value);
                    return largest;
                }
            }

            public void Add(double value) => _values[_next++ % Samples] = value;
        }
    }
}
