using MoE.Kernels;

namespace MoE.Model;

/// <summary>A MoE layer whose experts run elsewhere: between start and finish this process has time for another microbatch.</summary>
public interface IDispatchingMoELayer : IMoELayer
{
    /// <summary>Tokens from which a batch is worth cutting in two, so that one half's attention covers the other half's exchange.</summary>
    int OverlapTokens { get; }

    /// <summary>Routes and dispatches.</summary>
    /// <param name="hidden">[T, H]; must not change until the result is disposed.</param>
    IPendingExperts Start(ActivationRows hidden);
}

/// <summary>Experts that compute elsewhere. Disposing gives up what has not been finished.</summary>
public interface IPendingExperts : IDisposable
{
    /// <summary>Waits for the contributions and combines them, as <see cref="IMoELayer.Forward"/> does.</summary>
    /// <param name="output">[T, H]; overwritten.</param>
    /// <param name="observer">Sees the decision, or null.</param>
    /// <exception cref="ExpertsUnavailableException">A contribution is missing; nothing was summed without it.</exception>
    void Finish(Memory<float> output, IRoutingObserver? observer);
}
