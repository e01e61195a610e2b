using MoE.Gating;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// One dispatch under way, as a state machine without actors or clock: expecting its routing → gathering → ended. An expert's
/// rows (a group) are counted in exactly once, from the first good answer, and the handle ends exactly once.
/// </summary>
internal sealed class PendingDispatch
{
    private readonly DispatchHandle _handle;
    private readonly int _hiddenSize;
    private readonly List<DispatchPart> _parts = [];
    private readonly List<Pooled<float>> _answers = [];
    private readonly Dictionary<int, Rejected> _rejected = [];
    private readonly HashSet<(int Group, NodeId Node)> _refused = [];
    private TokenRouting? _routing;
    private TokenPermutation? _permutation;
    private (int Answer, int Row)[] _placeOfPair = [];
    private bool[] _filled = [];
    private int _unfilled;

    /// <param name="handle">Ended exactly once.</param>
    /// <param name="started">When the layer asked.</param>
    public PendingDispatch(DispatchHandle handle, DateTimeOffset started)
    {
        _handle = handle;
        _hiddenSize = handle.Hidden.Columns;
        Started = started;
    }

    public DateTimeOffset Started { get; }

    public int Layer => _handle.Layer;

    public ulong DispatchId => _handle.DispatchId;

    public bool Routed => _permutation is not null;

    public TokenPermutation Permutation => _permutation ?? throw new InvalidOperationException("the dispatch is not routed yet");

    public bool Ended { get; private set; }

    /// <summary>Every frame that was sent.</summary>
    public IReadOnlyList<DispatchPart> Parts => _parts;

    /// <summary>Since when an expert has had no node to go to, or null.</summary>
    public DateTimeOffset? WaitingSince { get; private set; }

    /// <summary>Frames sent beyond the first round.</summary>
    public int Attempts { get; set; }

    /// <summary>Not before this are groups without a node tried again; for nodes that were too busy.</summary>
    public DateTimeOffset RetryAt { get; set; }

    /// <summary>The last thing that went wrong, for the error that may follow.</summary>
    public string? LastFault { get; private set; }

    /// <summary>Takes the routing; all of its groups are open.</summary>
    public void Route(TokenRouting routing, int numExperts)
    {
        _routing = routing;
        _permutation = TokenPermutation.Of(routing, numExperts);
        _placeOfPair = new (int, int)[_permutation.Tokens.Length];
        _filled = new bool[_permutation.Experts.Length];
        _unfilled = _filled.Length;
    }

    /// <summary>Groups that are neither here nor expected from any node, ascending.</summary>
    public List<int> OpenGroups()
    {
        var open = new List<int>();
        for (var group = 0; group < _filled.Length; group++)
        {
            if (!_filled[group] && !_parts.Exists(part => part.Awaited && part.Groups.Contains(group)))
                open.Add(group);
        }

        return open;
    }

    /// <summary>Groups of a part that are not here.</summary>
    public List<int> Unfilled(DispatchPart part)
    {
        var unfilled = new List<int>();
        foreach (var group in part.Groups)
        {
            if (!_filled[group])
                unfilled.Add(group);
        }

        return unfilled;
    }

    /// <summary>Whether a node said that it cannot compute a group, or computed it wrongly.</summary>
    public bool IsRefused(int group, NodeId node) => _refused.Contains((group, node));

    /// <summary>A new placement may have brought nodes what they had refused.</summary>
    public void ForgetRefusals() => _refused.RemoveWhere(refused => !_rejected.ContainsKey(refused.Group));

    /// <summary>Makes the frame of some groups; null, and the dispatch ended, where the layer has given up.</summary>
    public (DispatchPart Part, DispatchFrame Frame)? Send(ulong frameId, NodeId node, int[] groups, long placementVersion, DateTimeOffset now)
    {
        var (tokens, experts, answerRows) = DispatchPlan.Rows(groups, _routing!.Tokens, Permutation);
        var rows = new Pooled<float>(tokens.Length * _hiddenSize);
        if (!_handle.TryCopyHidden(tokens, rows.Span))
        {
            rows.Dispose();
            Abandon();
            return null;
        }

        var part = new DispatchPart(frameId, node, groups, answerRows, now);
        _parts.Add(part);
        return (part, new DispatchFrame
        {
            DispatchId = frameId,
            Layer = Layer,
            PlacementVersion = placementVersion,
            HiddenSize = _hiddenSize,
            Rows = rows,
            Experts = experts,
        });
    }

    /// <summary>
    /// Takes a part's answer over: the good groups that are not here yet are counted in; with the last one the dispatch ends
    /// well. A group that is not finite counts only if another node gave the same bits: two nodes do not fail alike, so the
    /// model itself overflows there, as it would in one process.
    /// </summary>
    /// <returns>What is wrong with the answer, or with a part of it, of which nothing was counted then; else null.</returns>
    public AnswerDefect? Take(DispatchPart part, ContributionFrame frame)
    {
        part.Awaited = false;
        if (Shape(part, frame) is { } misshapen)
        {
            Refuse(part, misshapen);
            frame.Dispose();
            return new AnswerDefect(misshapen, Confirmed: true);
        }

        var wrong = RowValues.AllFinite(frame.Rows.Span) ? [] : WrongGroups(part, frame.Rows.Span);
        Fill(part, frame.Rows, wrong);
        if (_unfilled == 0)
        {
            Ended = true;
            _handle.Complete(new Contributions(_routing!, Permutation, _placeOfPair, _answers, _hiddenSize));
        }

        if (wrong.Count == 0)
            return null;
        LastFault = $"{part.Node} answered layer {Layer} with a value that is no number: {ExpertSets.Format(ExpertsOf(wrong))}";
        foreach (var group in wrong)
            _refused.Add((group, part.Node));
        return new AnswerDefect(LastFault, Confirmed: false);
    }

    /// <summary>Nodes whose answer of a group was no number while another node's is one: it was their fault, not the model's. Each is named once.</summary>
    public List<NodeId> TakeConvicted()
    {
        var convicted = new List<NodeId>();
        foreach (var (group, rejected) in _rejected)
        {
            if (_filled[group] && !convicted.Contains(rejected.Node))
                convicted.Add(rejected.Node);
        }

        foreach (var group in _rejected.Keys.Where(group => _filled[group]).ToList())
            _rejected.Remove(group);
        return convicted;
    }

    /// <summary>Nodes whose answer was no number and that nobody else could be asked to confirm.</summary>
    public IEnumerable<NodeId> Accused() => _rejected.Values.Select(rejected => rejected.Node).Distinct();

    /// <summary>No answer of the part will come: its groups are open again, but for those that another part brings.</summary>
    public void Lose(DispatchPart part, string fault)
    {
        part.Awaited = false;
        LastFault = fault;
    }

    /// <summary>The node cannot compute the part's groups in this dispatch.</summary>
    public void Refuse(DispatchPart part, string fault)
    {
        Lose(part, fault);
        foreach (var group in part.Groups)
            _refused.Add((group, part.Node));
    }

    /// <summary>Whether groups wait for a node, from now on or still.</summary>
    public void Wait(bool waits, DateTimeOffset now) => WaitingSince = waits ? WaitingSince ?? now : null;

    public IReadOnlyList<ExpertId> ExpertsOf(IEnumerable<int> groups) =>
        [.. groups.Select(group => new ExpertId(Layer, Permutation.Experts[group]))];

    /// <inheritdoc cref="ExpertsOf(IEnumerable{int})"/>
    public IReadOnlyList<ExpertId> ExpertsOf(ReadOnlySpan<int> groups) => ExpertsOf((IEnumerable<int>)groups.ToArray());

    /// <summary>Ends the dispatch with an error; what had arrived is given back.</summary>
    public void Fail(string error)
    {
        if (Ended)
            return;
        _handle.Fail(error);
        Abandon();
    }

    private void Abandon()
    {
        Ended = true;
        foreach (var answer in _answers)
            answer.Dispose();
    }

    private string? Shape(DispatchPart part, ContributionFrame frame) =>
        frame.HiddenSize == _hiddenSize && frame.Rows.Length == part.AnswerRows * _hiddenSize && frame.Layer == Layer
            ? null
            : $"{part.Node} answered layer {frame.Layer} with [{frame.RowCount}, {frame.HiddenSize}], asked for layer {Layer} and [{part.AnswerRows}, {_hiddenSize}]";

    /// <summary>Groups that are not finite and that no other node has given bit for bit. The first such answer is kept, to be compared with the next.</summary>
    private List<int> WrongGroups(DispatchPart part, ReadOnlySpan<float> rows)
    {
        var wrong = new List<int>();
        var first = 0;
        foreach (var group in part.Groups)
        {
            var length = Permutation.TokensOf(group).Length * _hiddenSize;
            var values = rows.Slice(first, length);
            first += length;
            if (_filled[group] || RowValues.AllFinite(values))
                continue;
            if (_rejected.TryGetValue(group, out var rejected) && rejected.Node != part.Node && RowValues.SameBits(rejected.Values, values))
            {
                _rejected.Remove(group);
                continue;
            }

            _rejected.TryAdd(group, new Rejected(part.Node, values.ToArray()));
            wrong.Add(group);
        }

        return wrong;
    }

    private void Fill(DispatchPart part, Pooled<float> rows, List<int> wrong)
    {
        var used = false;
        var row = 0;
        foreach (var group in part.Groups)
        {
            var first = Permutation.FirstPair(group);
            var count = Permutation.TokensOf(group).Length;
            if (!_filled[group] && !wrong.Contains(group))
            {
                for (var i = 0; i < count; i++)
                    _placeOfPair[first + i] = (_answers.Count, row + i);
                _filled[group] = true;
                _unfilled--;
                used = true;
            }

            row += count;
        }

        if (used)
            _answers.Add(rows);
        else
            rows.Dispose();
    }

    private sealed record Rejected(NodeId Node, float[] Values);
}

/// <summary>What is wrong with an answer.</summary>
/// <param name="Message">What people read.</param>
/// <param name="Confirmed">Whether it is the node's fault for certain; a value that is no number may be the model's own.</param>
internal sealed record AnswerDefect(string Message, bool Confirmed);
