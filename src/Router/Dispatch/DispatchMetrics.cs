namespace MoE.Router;

/// <summary>What a front's dispatches went through. Written by the dispatcher, read by anyone.</summary>
public sealed class DispatchMetrics
{
    private long _frames;
    private long _redispatches;
    private long _hedges;
    private long _lateAnswers;
    private long _recoveryWaits;
    private long _faults;
    private long _failures;

    /// <summary>Frames sent, hedges and re-dispatches included.</summary>
    public long Frames => Volatile.Read(ref _frames);

    /// <summary>Frames that were sent since another node could not answer.</summary>
    public long Redispatches => Volatile.Read(ref _redispatches);

    /// <summary>Frames that were sent since another node was slow.</summary>
    public long Hedges => Volatile.Read(ref _hedges);

    /// <summary>Answers that came when nobody needed them any more.</summary>
    public long LateAnswers => Volatile.Read(ref _lateAnswers);

    /// <summary>Dispatches that waited for an expert without a reachable holder.</summary>
    public long RecoveryWaits => Volatile.Read(ref _recoveryWaits);

    /// <summary>Answers that were wrong: misshapen, not finite, or a failed computation.</summary>
    public long Faults => Volatile.Read(ref _faults);

    /// <summary>Dispatches that ended with an error.</summary>
    public long Failures => Volatile.Read(ref _failures);

    internal void CountFrame() => Interlocked.Increment(ref _frames);

    internal void CountRedispatch() => Interlocked.Increment(ref _redispatches);

    internal void CountHedge() => Interlocked.Increment(ref _hedges);

    internal void CountLateAnswer() => Interlocked.Increment(ref _lateAnswers);

    internal void CountRecoveryWait() => Interlocked.Increment(ref _recoveryWaits);

    internal void CountFault() => Interlocked.Increment(ref _faults);

    internal void CountFailure() => Interlocked.Increment(ref _failures);
}
