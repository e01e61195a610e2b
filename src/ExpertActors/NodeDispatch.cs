using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// One <see cref="DispatchFrame"/> under way on a node: experts fill their rows of the answer, the last one sends it.
/// Thread-safe: experts finish on any compute thread. The node's actor starts another with the same object once it has heard
/// <see cref="DispatchFinished"/>: nobody else has it by then.
/// </summary>
internal sealed class NodeDispatch
{
    private readonly IActorRef _node;
    private readonly ExpertWorkspaces _workspaces;
    private readonly RowPrecision _precision;
    private readonly ITimeProvider _clock;
    private readonly Lock _batchLock = new();
    private readonly Lock _lock = new();
    private readonly List<ComputeRows> _work = [];
    private readonly DispatchFinished _finished;
    private readonly List<int> _notHeld = [];
    private DispatchFrame? _frame;
    private IActorRef _replyTo = ActorRefs.Nobody;
    private Pooled<float> _contributions;
    private Memory<float> _output;
    private ActivationRows? _batch;
    private bool _quantized;
    private int _remaining;
    private TimeSpan? _started;
    private long _weightBytes;
    private (DispatchFailure Failure, string Message)? _failure;

    /// <param name="node">Gets <see cref="DispatchFinished"/>.</param>
    /// <param name="workspaces">The node's buffers.</param>
    /// <param name="clock">Times the computation.</param>
    /// <param name="precision">What rows and answers are rounded to, with or without a wire.</param>
    public NodeDispatch(IActorRef node, ExpertWorkspaces workspaces, ITimeProvider clock, RowPrecision precision = RowPrecision.F32)
    {
        _node = node;
        _workspaces = workspaces;
        _clock = clock;
        _precision = precision;
        _finished = new DispatchFinished(this);
    }

    public int HiddenSize => Frame.HiddenSize;

    /// <summary>Experts that have rows in it; valid after its end, too.</summary>
    public int ExpertCount { get; private set; }

    private DispatchFrame Frame => _frame ?? throw new InvalidOperationException("no dispatch is under way");

    /// <summary>A dispatch begins.</summary>
    /// <param name="frame">Passed <see cref="DispatchRules"/>. Taken over: disposed when the dispatch ends.</param>
    /// <param name="replyTo">Gets the answer.</param>
    public NodeDispatch Start(DispatchFrame frame, IActorRef replyTo)
    {
        _contributions = frame.TakeAnswer();
        _output = _contributions.Memory;
        _frame = frame;
        _replyTo = replyTo;
        ExpertCount = frame.Experts.Count;
        _remaining = ExpertCount;
        (_batch, _quantized, _started, _weightBytes, _failure) = (null, false, null, 0, null);
        _notHeld.Clear();
        return this;
    }

    /// <summary>What the expert at an index is told.</summary>
    public ComputeRows Work(int index)
    {
        while (_work.Count <= index)
            _work.Add(new ComputeRows(this, _work.Count));
        return _work[index];
    }

    /// <summary>Which the expert at an index is.</summary>
    public ExpertId Expert(int index) => new(Frame.Layer, Frame.Experts.Expert(index));

    /// <summary>Indices into the batch of the rows that the expert at an index computes.</summary>
    public ReadOnlySpan<int> RowsOf(int index) => Frame.Experts.Rows(index);

    /// <summary>The tokens' rows, [T, H], prepared for products with <paramref name="type"/>: the first expert that asks does it for all.</summary>
    public ActivationRows Batch(WeightType type)
    {
        lock (_batchLock)
        {
            if (_batch is null)
            {
                _batch = _workspaces.RentBatch();
                _batch.Reset(Frame.RowCount, HiddenSize);
                Frame.Rows.Span.CopyTo(_batch.Data);
                if (_precision == RowPrecision.Bf16)
                    Bf16Rows.Round(_batch.Data);
            }

            if (type.IsQuantized() && !_quantized)
                _batch.Prepare(type);
            _quantized |= type.IsQuantized();
            return _batch;
        }
    }

    /// <summary>Where the expert at <paramref name="index"/> writes, [its rows, H].</summary>
    public Memory<float> Output(int index) =>
        _output.Slice(Frame.Experts.FirstPair(index) * HiddenSize, RowsOf(index).Length * HiddenSize);

    /// <summary>An expert begins to compute.</summary>
    /// <param name="weightBytes">Bytes of its weights.</param>
    public void Begin(long weightBytes)
    {
        lock (_lock)
        {
            _started ??= _clock.HighResMonotonicClock;
            _weightBytes += weightBytes;
        }
    }

    /// <summary>Counts one expert in; the last one answers.</summary>
    public void Finish() => Release(null, notHeld: null);

    /// <summary>Counts one expert in as failed; the whole dispatch is then answered with the failure.</summary>
    public void Fail(DispatchFailure failure, string message) => Release((failure, message), notHeld: null);

    /// <summary>Counts the expert at an index in as not here any more; the whole dispatch is then answered with the failure, which names it.</summary>
    public void FailNotHeld(int index, string message) => Release((DispatchFailure.ExpertNotHeld, message), Frame.Experts.Expert(index));

    private void Release((DispatchFailure, string)? failure, int? notHeld)
    {
        bool last;
        lock (_lock)
        {
            _failure ??= failure;
            if (notHeld is { } expert)
                _notHeld.Add(expert);
            last = --_remaining == 0;
        }

        if (last)
            Answer();
    }

    private void Answer()
    {
        var frame = Frame;
        if (_batch is { } batch)
            _workspaces.Return(batch);
        if (_failure is { } failure)
            Refuse(frame, failure.Failure, failure.Message);
        else
            Contribute(frame);

        (_frame, _batch) = (null, null);
        frame.Dispose();

        // The node may start the next dispatch with this at once.
        _node.Tell(_finished, ActorRefs.NoSender);
    }

    private void Refuse(DispatchFrame frame, DispatchFailure failure, string message)
    {
        _finished.Failed();
        _contributions.Dispose();
        _replyTo.Tell(
            new DispatchFailedFrame
            {
                DispatchId = frame.DispatchId,
                Layer = frame.Layer,
                Failure = failure,
                Message = message,
                Experts = failure == DispatchFailure.ExpertNotHeld ? [.. _notHeld] : [],
            },
            _node);
    }

    private void Contribute(DispatchFrame frame)
    {
        var ended = _clock.HighResMonotonicClock;
        var mostRows = 0;
        for (var i = 0; i < ExpertCount; i++)
            mostRows = Math.Max(mostRows, RowsOf(i).Length);
        _finished.Computed(_output.Length / frame.HiddenSize, mostRows, _weightBytes, _started ?? ended, ended);
        if (_precision == RowPrecision.Bf16)
            Bf16Rows.Round(_contributions.Span);
        _replyTo.Tell(ContributionFrame.Rent(frame.DispatchId, frame.Layer, frame.HiddenSize, _contributions), _node);
    }
}
