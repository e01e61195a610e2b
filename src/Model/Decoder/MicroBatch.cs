using MoE.Kernels;

namespace MoE.Model;

/// <summary>Tokens of a batch that go through a stage's layers together, and their buffers. One batch after the other; buffers only grow.</summary>
internal sealed class MicroBatch : IDisposable
{
    private float[] _part = [];
    private IPendingExperts? _pending;

    public BatchPlan Plan { get; } = new();

    /// <summary>[T, H], changed in place.</summary>
    public Memory<float> Residual { get; private set; }

    /// <summary>[T, H] buffer of what a layer's parts read.</summary>
    public ActivationRows Normed { get; } = new();

    /// <summary>[T, H] buffer of what a layer's parts yield.</summary>
    public Memory<float> Part { get; private set; }

    public IRoutingObserver? Observer { get; private set; }

    /// <summary>Takes tokens [first, first + count) of a batch.</summary>
    /// <param name="batch">The batch; its sequences have room for it.</param>
    /// <param name="stage">The stage's place in the model's list.</param>
    /// <param name="first">The first token's place in the batch.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="residual">[all of the batch's tokens, H].</param>
    public void Reset(ForwardBatch batch, int stage, int first, int count, Memory<float> residual)
    {
        var columns = residual.Length / batch.TokenCount;
        Plan.Reset(batch, stage, first, count);
        Residual = residual.Slice(first * columns, count * columns);
        Normed.Reset(count, columns);
        Part = GrowingBuffer.Take(ref _part, Residual.Length);
        Observer = batch.Observer;
    }

    /// <summary>Lets a layer's experts begin with <see cref="Normed"/> where they run elsewhere.</summary>
    public void Start(IMoELayer moe) => _pending = (moe as IDispatchingMoELayer)?.Start(Normed);

    /// <summary>A MoE layer's part of <see cref="Normed"/> in <see cref="Part"/>.</summary>
    public void Finish(IMoELayer moe)
    {
        if (_pending is null)
        {
            moe.Forward(Normed, Part, Observer);
            return;
        }

        _pending.Finish(Part, Observer);
        Dispose();
    }

    /// <summary>Gives up what is under way.</summary>
    public void Dispose()
    {
        _pending?.Dispose();
        _pending = null;
    }
}
