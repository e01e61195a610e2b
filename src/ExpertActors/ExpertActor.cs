using Akka.Actor;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// One expert held by a node: owns its weights and feeds its rows to the node's compute threads. States: serving →
/// releasing (no new work; stops, and frees the weights, when the last computation has ended).
/// </summary>
internal sealed class ExpertActor : UntypedActor
{
    private readonly ExpertWeights _weights;
    private readonly IWorkQueue _pool;
    private readonly ExpertWorkspaces _workspaces;
    private int _computing;
    private bool _releasing;

    public ExpertActor(ExpertWeights weights, IWorkQueue pool, ExpertWorkspaces workspaces)
    {
        _weights = weights;
        _pool = pool;
        _workspaces = workspaces;
    }

    /// <param name="weights">Taken over: disposed when the actor has released them.</param>
    /// <param name="pool">The node's compute threads.</param>
    /// <param name="workspaces">The node's buffers.</param>
    public static Props Props(ExpertWeights weights, IWorkQueue pool, ExpertWorkspaces workspaces) =>
        Akka.Actor.Props.Create(() => new ExpertActor(weights, pool, workspaces));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ComputeRows compute:
                Compute(compute);
                break;
            case RowsComputed:
                _computing--;
                StopWhenIdle();
                break;
            case ReleaseExpert:
                _releasing = true;
                StopWhenIdle();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        // A computation that outlives the actor keeps the weights reachable; their finalizer frees them afterwards.
        if (_computing == 0)
            _weights.Dispose();
    }

    private void Compute(ComputeRows compute)
    {
        if (_releasing)
        {
            compute.FailNotHeld("the expert is being released");
            return;
        }

        _computing++;
        if (_pool.TrySubmit(compute.On(this, Self)))
            return;
        _computing--;
        compute.Dispatch.Fail(DispatchFailure.Overloaded, "the compute queue is full");
    }

    /// <summary>On a compute thread.</summary>
    internal void Compute(NodeDispatch dispatch, int index, IActorRef self)
    {
        string? failure = null;
        try
        {
            dispatch.Begin(_weights.Bytes);
            var workspace = _workspaces.Rent();
            Forward(dispatch, index, workspace);
            _workspaces.Return(workspace);
        }
        catch (Exception exception)
        {
            // The front waits for an answer; whatever went wrong on a compute thread is that answer.
            failure = exception.Message;
        }

        // The actor may be gone: its weights' memory must outlive the product that reads it.
        GC.KeepAlive(_weights);

        // The dispatch may serve another frame as soon as its last expert is counted in.
        if (failure is null)
            dispatch.Finish();
        else
            dispatch.Fail(DispatchFailure.ComputeFailed, failure);
        self.Tell(RowsComputed.Instance, ActorRefs.NoSender);
    }

    /// <summary>One thread an expert while there are enough of them; threads that have none share the rows of the others' products.</summary>
    private void Forward(NodeDispatch dispatch, int index, ExpertWorkspace workspace)
    {
        var batch = dispatch.Batch(ExpertFfn.PreparedType(_weights.Gate, _weights.Up));
        var rows = dispatch.RowsOf(index);
        var output = dispatch.Output(index);
        if (_pool is ComputePool pool && dispatch.ExpertCount < pool.Threads)
            ExpertFfn.Forward(pool, _weights.Gate, _weights.Up, _weights.Down, batch, rows, workspace, output);
        else
            ExpertFfn.Forward(_weights.Gate, _weights.Up, _weights.Down, batch, rows, workspace, output.Span);
    }

    private void StopWhenIdle()
    {
        if (_releasing && _computing == 0)
            Context.Stop(Self);
    }

    private sealed record RowsComputed : INoSerializationVerificationNeeded
    {
        public static RowsComputed Instance { get; } = new();
    }
}

/// <summary>
/// <see cref="ExpertNodeActor"/> → <see cref="ExpertActor"/>: compute the rows of one expert of a dispatch. Then the work itself, on a compute
/// thread. Belongs to the dispatch, and is valid until it ends.
/// </summary>
/// <param name="dispatch">Whose rows.</param>
/// <param name="index">The expert among the dispatch's.</param>
internal sealed class ComputeRows(NodeDispatch dispatch, int index) : IThreadPoolWorkItem, IOwningMessage
{
    private ExpertActor? _expert;
    private IActorRef _self = ActorRefs.Nobody;

    public NodeDispatch Dispatch => dispatch;

    /// <summary>The work, for the expert that got the message.</summary>
    public ComputeRows On(ExpertActor expert, IActorRef self)
    {
        _expert = expert;
        _self = self;
        return this;
    }

    public void Execute()
    {
        // A dispatch that lies idle keeps no expert's weights.
        var (expert, self) = (_expert!, _self);
        (_expert, _self) = (null, ActorRefs.Nobody);
        expert.Compute(dispatch, index, self);
    }

    /// <summary>The expert's actor stopped before it got the message: the front waits for an answer.</summary>
    public void Dispose() => FailNotHeld("the expert's actor has stopped");

    public void FailNotHeld(string message) => dispatch.FailNotHeld(index, message);
}

/// <summary><see cref="ExpertNodeActor"/> → <see cref="ExpertActor"/>: no placement names the expert here any more.</summary>
internal sealed record ReleaseExpert : INoSerializationVerificationNeeded
{
    public static ReleaseExpert Instance { get; } = new();
}
