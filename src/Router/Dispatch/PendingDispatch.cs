using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// One dispatch under way, as a state machine without actors: expecting its routing → waiting for contributions → ended.
/// Ends its handle exactly once.
/// </summary>
internal sealed class PendingDispatch
{
    private readonly DispatchHandle _handle;
    private readonly int _hiddenSize;
    private DispatchPlan? _plan;
    private PooledFloats?[] _frames = [];
    private int _missing;

    public PendingDispatch(DispatchHandle handle, DateTimeOffset deadline)
    {
        _handle = handle;
        _hiddenSize = handle.Hidden.Columns;
        Deadline = deadline;
    }

    public DateTimeOffset Deadline { get; }

    public int Layer => _handle.Layer;

    /// <summary>Whether the frames were made.</summary>
    public bool Started => _plan is not null;

    public bool Ended { get; private set; }

    /// <summary>Takes the plan and makes one frame a node; none where the layer has given up.</summary>
    public IReadOnlyList<(NodeId Node, DispatchFrame Frame)> Start(DispatchPlan plan, long placementVersion)
    {
        var sent = new List<(NodeId, DispatchFrame)>(plan.Nodes.Count);
        if (!_handle.TryUseHidden(hidden => sent.AddRange(plan.Nodes.Select(node => (node.Node, Frame(node, hidden, placementVersion))))))
        {
            Ended = true;
            return sent;
        }

        _plan = plan;
        _frames = new PooledFloats?[plan.Nodes.Count];
        _missing = plan.Nodes.Count;
        return sent;
    }

    /// <summary>Takes a node's answer over. False where it was not awaited: late, doubled or misshapen ones change nothing.</summary>
    public bool TryAdd(NodeId node, ContributionFrame frame, out string? defect)
    {
        defect = null;
        var index = IndexOf(node);
        if (Ended || index < 0 || _frames[index] is not null)
            return false;
        var plan = _plan!.Nodes[index];
        if (frame.HiddenSize != _hiddenSize || frame.Rows.Length != plan.AnswerRows * _hiddenSize || frame.Layer != Layer)
        {
            defect = $"{node} answered layer {frame.Layer} with [{frame.RowCount}, {frame.HiddenSize}], "
                + $"asked for layer {Layer} and [{plan.AnswerRows}, {_hiddenSize}]";
            return false;
        }

        if (!RowValues.AllFinite(frame.Rows.Span))
        {
            defect = $"{node} answered layer {Layer} with a value that is no number: {ExpertSets.Format(plan.ExpertIds(Layer))}";
            return false;
        }

        _frames[index] = frame.Rows;
        if (--_missing == 0)
        {
            Ended = true;
            _handle.Complete(new Contributions(_plan, [.. _frames.Select(rows => rows!)], frame.HiddenSize));
        }

        return true;
    }

    /// <summary>Whether a node's answer is still awaited.</summary>
    public bool Awaits(NodeId node)
    {
        var index = IndexOf(node);
        return !Ended && index >= 0 && _frames[index] is null;
    }

    /// <summary>Nodes whose answers are missing, with their experts.</summary>
    public IEnumerable<(NodeId Node, IReadOnlyList<ExpertId> Experts)> MissingContributions()
    {
        for (var i = 0; i < _frames.Length; i++)
        {
            if (_frames[i] is null)
                yield return (_plan!.Nodes[i].Node, [.. _plan.Nodes[i].ExpertIds(Layer)]);
        }
    }

    /// <summary>Ends the dispatch with an error; what had arrived is given back.</summary>
    public void Fail(string error)
    {
        if (Ended)
            return;
        Ended = true;
        _handle.Fail(error);
        foreach (var frame in _frames)
            frame?.Dispose();
    }

    private int IndexOf(NodeId node)
    {
        for (var i = 0; i < _frames.Length; i++)
        {
            if (_plan!.Nodes[i].Node == node)
                return i;
        }

        return -1;
    }

    private DispatchFrame Frame(NodePlan node, ActivationRows hidden, long placementVersion)
    {
        var rows = new PooledFloats(node.Tokens.Length * hidden.Columns);
        for (var row = 0; row < node.Tokens.Length; row++)
            hidden.Row(node.Tokens[row]).CopyTo(rows.Span.Slice(row * hidden.Columns, hidden.Columns));
        return new DispatchFrame
        {
            DispatchId = _handle.DispatchId,
            Layer = Layer,
            PlacementVersion = placementVersion,
            HiddenSize = hidden.Columns,
            Rows = rows,
            Experts = node.Experts,
        };
    }
}
