using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// One <see cref="DispatchFrame"/> under way on a node: experts fill their rows of the answer, the last one sends it.
/// Thread-safe: experts finish on any compute thread.
/// </summary>
internal sealed class NodeDispatch
{
    private readonly DispatchFrame _frame;
    private readonly IActorRef _replyTo;
    private readonly IActorRef _node;
    private readonly Memory<float> _output;
    private readonly Pooled<float> _contributions;
    private readonly ExpertWorkspaces _workspaces;
    private readonly RowPrecision _precision;
    private readonly ITimeProvider _clock;
    private readonly Lock _batchLock = new();
    private readonly Lock _lock = new();
    private ActivationRows? _batch;
    private bool _quantized;
    private int _remaining;
    private TimeSpan? _started;
    private long _weightBytes;
    private (DispatchFailure Failure, string Message)? _failure;

    private NodeDispatch(
        DispatchFrame frame, Pooled<float> contributions, IActorRef replyTo, IActorRef node, ExpertWorkspaces workspaces,
        ITimeProvider clock, RowPrecision precision)
    {
        _clock = clock;
        _precision = precision;
        _workspaces = workspaces;
        _frame = frame;
        _contributions = contributions;
        _output = contributions.Memory;
        ExpertCount = frame.Experts.Count;
        _remaining = ExpertCount;
        _replyTo = replyTo;
        _node = node;
    }

    /// <param name="frame">Passed <see cref="DispatchRules"/>. Taken over: disposed when the dispatch ends.</param>
    /// <param name="replyTo">Gets the answer.</param>
    /// <param name="node">Gets <see cref="DispatchFinished"/>.</param>
    /// <param name="workspaces">The node's buffers.</param>
    /// <param name="clock">Times the computation.</param>
    /// <param name="precision">What rows and answers are rounded to, with or without a wire.</param>
    public static NodeDispatch Start(
        DispatchFrame frame, IActorRef replyTo, IActorRef node, ExpertWorkspaces workspaces, ITimeProvider clock,
        RowPrecision precision = RowPrecision.F32) =>
        new(frame, frame.TakeAnswer(), replyTo, node, workspaces, clock, precision);

    /// <summary>Rows of the answer.</summary>
    public int Rows => _output.Length / HiddenSize;

    public int HiddenSize => _frame.HiddenSize;

    /// <summary>Experts that have rows in it; valid after its end, too.</summary>
    public int ExpertCount { get; }

    /// <summary>Which the expert at an index is.</summary>
    public ExpertId Expert(int index) => new(_frame.Layer, _frame.Experts.Expert(index));

    /// <summary>Indices into the batch of the rows that the expert at an index computes.</summary>
    public ReadOnlySpan<int> RowsOf(int index) => _frame.Experts.Rows(index);

    /// <summary>The tokens' rows, [T, H], prepared for products with <paramref name="type"/>: the first expert that asks does it for all.</summary>
    public ActivationRows Batch(WeightType type)
    {
        lock (_batchLock)
        {
            if (_batch is null)
            {
                _batch = _workspaces.RentBatch();
                _batch.Reset(_frame.Rows.Span.Length / HiddenSize, HiddenSize);
                _frame.Rows.Span.CopyTo(_batch.Data);
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
        _output.Slice(_frame.Experts.FirstPair(index) * HiddenSize, RowsOf(index).Length * HiddenSize);

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
    public void Finish() => Release(null);

    /// <summary>Counts one expert in as failed; the whole dispatch is then answered with the failure.</summary>
    public void Fail(DispatchFailure failure, string message) => Release((failure, message));

    private void Release((DispatchFailure, string)? failure)
    {
        bool last;
        lock (_lock)
        {
            _failure ??= failure;
            last = --_remaining == 0;
        }

        if (last)
            Answer();
    }

    private void Answer()
    {
        var ended = _clock.HighResMonotonicClock;
        if (_batch is { } batch)
            _workspaces.Return(batch);
        if (_failure is { } failure)
        {
            _contributions.Dispose();
            _replyTo.Tell(
                new DispatchFailedFrame
                {
                    DispatchId = _frame.DispatchId, Layer = _frame.Layer, Failure = failure.Failure, Message = failure.Message,
                },
                _node);
        }
        else
        {
            if (_precision == RowPrecision.Bf16)
                Bf16Rows.Round(_contributions.Span);
            _replyTo.Tell(
                new ContributionFrame
                {
                    DispatchId = _frame.DispatchId, Layer = _frame.Layer, HiddenSize = HiddenSize, Rows = _contributions,
                },
                _node);
        }

        var finished = _failure is null ? Finished(ended) : DispatchFinished.Failed;
        _frame.Dispose();
        _node.Tell(finished, ActorRefs.NoSender);
    }

    private DispatchFinished Finished(TimeSpan ended)
    {
        var most = 0;
        for (var i = 0; i < ExpertCount; i++)
            most = Math.Max(most, RowsOf(i).Length);
        return new DispatchFinished(Rows, most, _weightBytes, _started ?? ended, ended);
    }
}

/// <summary>A compute thread → <see cref="ExpertNodeActor"/>: a dispatch was answered.</summary>
/// <param name="Rows">Rows that were computed for it.</param>
/// <param name="MostRows">Most rows of one expert.</param>
/// <param name="WeightBytes">Bytes of its experts' weights.</param>
/// <param name="Started">When its first expert began, on the scheduler's monotonic clock.</param>
/// <param name="Ended">When its last expert was done.</param>
internal sealed record DispatchFinished(int Rows, int MostRows, long WeightBytes, TimeSpan Started, TimeSpan Ended) : INoSerializationVerificationNeeded
{
    public static DispatchFinished Failed { get; } = new(0, 0, 0, default, default);
}
