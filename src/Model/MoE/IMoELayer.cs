using MoE.Kernels;

namespace MoE.Model;

/// <summary>The feed-forward part of a MoE layer, wherever its experts are.</summary>
public interface IMoELayer
{
    /// <summary>y = Σ_k weight_k · expert_k(x) (+ shared expert), each token by itself. Blocks the calling compute thread.</summary>
    /// <param name="hidden">[T, H]; not changed.</param>
    /// <param name="output">[T, H]; overwritten.</param>
    /// <param name="observer">Sees the decision, or null.</param>
    /// <exception cref="ExpertsUnavailableException">A contribution is missing; nothing was summed without it.</exception>
    void Forward(ActivationRows hidden, Memory<float> output, IRoutingObserver? observer);
}

/// <summary>A MoE layer could not be computed: the message names the node, the layer and the experts.</summary>
public sealed class ExpertsUnavailableException(string message) : Exception(message);
