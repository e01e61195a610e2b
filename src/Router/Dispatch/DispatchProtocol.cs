using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// A layer → <see cref="TokenDispatcher"/>: this dispatch's routing is on its way from the gating actor. Ends through the
/// handle, within the deadline; at once where the dispatcher has stopped. Local.
/// </summary>
/// <param name="Handle">What the layer waits on; the message is the handle's own, and valid as long as what it was begun for.</param>
public sealed record ExpectDispatch(DispatchHandle Handle) : IOwningMessage
{
    /// <summary>What is owned is the answer: the handle's memory stays the layer's.</summary>
    public void Dispose() => Handle.Fail($"layer {Handle.Layer}: the front's dispatcher has stopped");
}
