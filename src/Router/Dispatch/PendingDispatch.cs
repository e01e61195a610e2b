using System.Collections.Immutable;
using MoE.Gating;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// One dispatch under way, as a state machine without actors or clock: expecting its routing → gathering → ended. An expert's
/// rows (a group) are counted in exactly once, from the first good answer, and the handle ends exactly once. An object is used
/// again for a later dispatch.
/// </summary>
internal sealed class PendingDispatch
{
    private readonly List<DispatchPart> _parts = [];
    private readonly Stack<DispatchPart> _idleParts = [];
    private readonly List<int> _open = [];
    private readonly Dictionary<int, Rejected> _rejected = [];
    private readonly HashSet<(int Group, NodeId Node)> _refused = [];
    private DispatchHandle? _handle;
    private bool[] _filled = [];
    private int _groups;
    private int _unfilled;

    public DateTimeOffset Started { get; private set; }

    public int Layer { get; private set; }

    public ulong DispatchId { get; private set; }

    public bool Routed { get; private set; }

    public TokenRouting Routing => Contributions.Routing;

    public TokenPermutation Permutation => Contributions.Permutation;

    /// <summary>H.</summary>
    public int HiddenSize { get; private set; }

    public bool Ended { get; private set; }

    /// <summary>Every frame that was sent.</summary>
    public List<DispatchPart> Parts => _parts;

    /// <summary>Since when an expert has had no node to go to, or null.</summary>
    public DateTimeOffset? WaitingSince { get; private set; }

    /// <summary>Frames sent beyond the first round.</summary>
    public int Attempts { get; set; }

    /// <summary>Not before this are groups without a node tried again; for nodes that were too busy.</summary>
    public DateTimeOffset RetryAt { get; set; }

    /// <summary>The last thing that went wrong, for the error that may follow.</summary>
    public string? LastFault { get; private set; }

    private DispatchHandle Handle => _handle ?? throw new InvalidOperationException("no dispatch has begun");

    private Contributions Contributions => Handle.Contributions;

    /// <summary>Begins another dispatch.</summary>
    /// <param name="handle">Ended exactly once.</param>
    /// <param name="started">When the layer asked.</param>
    public void Begin(DispatchHandle handle, DateTimeOffset started)
    {
        _handle = handle;
        DispatchId = handle.DispatchId;
        Layer = handle.Layer;
        HiddenSize = handle.Hidden.Columns;
        Started = started;
        Routed = false;
        Ended = false;
        WaitingSince = null;
        Attempts = 0;
        RetryAt = default;
        LastFault = null;
        foreach (var part in _parts)
            _idleParts.Push(part);
        _parts.Clear();
        _rejected.Clear();
        _refused.Clear();
    }

    /// <summary>Takes the routing; all of its groups are open.</summary>
    public void Route(TokenRouting routing, int numExperts)
    {
        var permutation = Handle.Question.Buffers.Permutation;
        permutation.Reset(routing, numExperts);
        Contributions.Begin(routing, permutation, HiddenSize);
        _groups = permutation.Experts.Length;
        if (_filled.Length < _groups)
            _filled = new bool[_groups];
        _filled.AsSpan(0, _groups).Clear();
        _unfilled = _groups;
        Routed = true;
    }

    /// <summary>Groups that are neither here nor expected from any node, ascending; valid until the next call.</summary>
    public List<int> OpenGroups()
    {
        _open.Clear();
        for (var group = 0; group < _groups; group++)
        {
            if (!_filled[group] && !Expects(group))
                _open.Add(group);
        }

        return _open;
    }

    /// <summary>Whether a group may still come: from any node, or from one.</summary>
    public bool Expects(int group, NodeId? node = null)
    {
        foreach (var part in _parts)
        {
            if (part.Awaited && (node is null || part.Node == node) && part.Groups.Contains(group))
                return true;
        }

        return false;
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

    /// <summary>Expects some groups of a node from now on.</summary>
    /// <param name="frameId">The frame that asks it.</param>
    /// <param name="share">The node and its groups.</param>
    /// <param name="now">When it is asked.</param>
    /// <param name="hedgeAfter">How long its answer may take before another node is asked.</param>
    public DispatchPart Expect(ulong frameId, NodeShare share, DateTimeOffset now, TimeSpan hedgeAfter)
    {
        if (!_idleParts.TryPop(out var part))
            part = new DispatchPart();
        part.Begin(frameId, share, now, hedgeAfter);
        _parts.Add(part);
        return part;
    }

    /// <summary>Has the batch's rows read. False, and the dispatch ended, where the layer has given up.</summary>
    public bool TryRead<TState>(TState state, Action<ActivationRows, TState> read)
    {
        if (Handle.TryRead(state, read))
            return true;
        Abandon();
        return false;
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

        var rows = frame.TakeRows();
        var wrong = RowValues.AllFinite(rows.Span) ? null : WrongGroups(part, rows.Span);
        Fill(part, rows, wrong);
        if (wrong is { Count: > 0 })
        {
            LastFault = $"{part.Node} answered layer {Layer} with a value that is no number: {ExpertSets.Format(ExpertsOf(wrong))}";
            foreach (var group in wrong)
                _refused.Add((group, part.Node));
            return new AnswerDefect(LastFault, Confirmed: false);
        }

        if (_unfilled == 0)
            Complete();

        return null;
    }

    /// <summary>Nodes whose answer of a group was no number while another node's is one: it was their fault, not the model's. Each is named once.</summary>
    public IReadOnlyList<NodeId> TakeConvicted()
    {
        if (_rejected.Count == 0)
            return [];
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
    public void Refuse(DispatchPart part, string fault) => Refuse(part, fault, []);

    /// <summary>
    /// The node cannot compute some of the part's groups in this dispatch; the others are open, for this node too: while experts move, it
    /// may be the only one that has them.
    /// </summary>
    /// <param name="part">What it was asked.</param>
    /// <param name="fault">Why not.</param>
    /// <param name="experts">The groups' experts; none where it is all of the part.</param>
    public void Refuse(DispatchPart part, string fault, ImmutableArray<int> experts)
    {
        Lose(part, fault);
        foreach (var group in part.Groups)
        {
            if (experts.IsEmpty || experts.Contains(Permutation.Experts[group]))
                _refused.Add((group, part.Node));
        }
    }

    /// <summary>Whether groups wait for a node, from now on or still.</summary>
    public void Wait(bool waits, DateTimeOffset now) => WaitingSince = waits ? WaitingSince ?? now : null;

    public IReadOnlyList<ExpertId> ExpertsOf(IEnumerable<int> groups) =>
        [.. groups.Select(group => new ExpertId(Layer, Permutation.Experts[group]))];

    /// <summary>Ends the dispatch with an error; what had arrived is given back.</summary>
    public void Fail(string error)
    {
        if (Ended)
            return;
        Handle.Fail(error);
        Abandon();
    }

    /// <summary>The handle is let go of before its layer hears of it: it may serve the next dispatch at once.</summary>
    private void Complete()
    {
        var handle = Handle;
        Ended = true;
        _handle = null;
        if (!handle.TryComplete())
            handle.Contributions.Dispose();
    }

    private void Abandon()
    {
        Ended = true;
        Contributions.Dispose();
        _handle = null;
    }

    private string? Shape(DispatchPart part, ContributionFrame frame) =>
        frame.HiddenSize == HiddenSize && frame.Rows.Length == part.AnswerRows * HiddenSize && frame.Layer == Layer
            ? null
            : $"{part.Node} answered layer {frame.Layer} with [{frame.RowCount}, {frame.HiddenSize}], asked for layer {Layer} and [{part.AnswerRows}, {HiddenSize}]";

    /// <summary>Groups that are not finite and that no other node has given bit for bit. The first such answer is kept, to be compared with the next.</summary>
    private List<int> WrongGroups(DispatchPart part, ReadOnlySpan<float> rows)
    {
        var wrong = new List<int>();
        var first = 0;
        foreach (var group in part.Groups)
        {
            var length = Permutation.TokensOf(group).Length * HiddenSize;
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

    private void Fill(DispatchPart part, Pooled<float> rows, List<int>? wrong)
    {
        var used = false;
        var row = 0;
        foreach (var group in part.Groups)
        {
            var count = Permutation.TokensOf(group).Length;
            if (!_filled[group] && wrong?.Contains(group) != true)
            {
                Contributions.Place(Permutation.FirstPair(group), count, row);
                _filled[group] = true;
                _unfilled--;
                used = true;
            }

            row += count;
        }

        if (used)
            Contributions.Add(rows);
        else
            rows.Dispose();
    }

    private sealed record Rejected(NodeId Node, float[] Values);
}

/// <summary>What is wrong with an answer.</summary>
/// <param name="Message">What people read.</param>
/// <param name="Confirmed">Whether it is the node's fault for certain; a value that is no number may be the model's own.</param>
internal sealed record AnswerDefect(string Message, bool Confirmed);
