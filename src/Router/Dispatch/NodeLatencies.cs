using System.Numerics;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// How long nodes take to answer, measured: what the next answer may take before its rows are sent elsewhere too. Answers are
/// kept by the power of two of their rows, so that a prompt's many rows are no sign of a hang.
/// </summary>
internal sealed class NodeLatencies(HedgeSettings settings) : IRowCosts
{
    private readonly Dictionary<NodeId, Node> _nodes = [];

    /// <summary>Counts an answer in.</summary>
    /// <param name="node">Who answered.</param>
    /// <param name="rows">Rows of the answer, at least 1.</param>
    /// <param name="elapsed">From the dispatch to the answer.</param>
    public void Observe(NodeId node, int rows, TimeSpan elapsed)
    {
        if (!_nodes.TryGetValue(node, out var measured))
            _nodes.Add(node, measured = new Node());
        measured.Add(rows, elapsed.TotalMilliseconds);
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

    /// <summary>Milliseconds a row, smoothed; 1 for a node that never answered.</summary>
    public double PerRow(NodeId node) => _nodes.TryGetValue(node, out var measured) ? measured.PerRow : 1;

    public void Forget(NodeId node) => _nodes.Remove(node);

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

    private sealed class Node
    {
        /// <summary>Below a hundred samples the 99th percentile is the largest.</summary>
        private const int Samples = 64;
        private const double Smoothing = 0.1;
        private readonly Window?[] _windows = new Window?[32];

        public double PerRow { get; private set; } = double.NaN;

        public void Add(int rows, double milliseconds)
        {
            (_windows[BitOperations.Log2((uint)rows)] ??= new Window()).Add(milliseconds);
            var perRow = milliseconds / rows;
            PerRow = double.IsNaN(PerRow) ? perRow : PerRow + Smoothing * (perRow - PerRow);
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
