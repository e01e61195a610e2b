using MoE.Gating;

namespace MoE.Model;

/// <summary>Sees what each MoE layer decided: verification and traces. Called on the engine's thread.</summary>
public interface IRoutingObserver
{
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="routing">The batch's tokens in batch order; valid during the call.</param>
    void OnRouted(int layer, TokenRouting routing);
}
