using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Gating;

/// <summary>
/// A layer's caller → <see cref="GatingActor"/>: score these tokens and tell <paramref name="ReplyTo"/> the
/// <see cref="TokensRouted"/>. Local. Idempotent but for the load counts. Bounded by the batch.
/// </summary>
/// <param name="DispatchId">Comes back in the answer.</param>
/// <param name="Layer">A MoE layer of the model.</param>
/// <param name="Hidden">[T, H]; must not change until the answer.</param>
/// <param name="Buffers">Lent for the decision, which the answer carries.</param>
/// <param name="ReplyTo">Gets the answer.</param>
public sealed record RouteTokens(
    ulong DispatchId, int Layer, ActivationRows Hidden, RoutingBuffers Buffers, IActorRef ReplyTo) : IOwningMessage
{
    /// <summary>What is owned is the answer: rows and buffers stay the caller's.</summary>
    public void Dispose() => ReplyTo.Tell(new RoutingFailed(DispatchId, Layer, "the gating actor has stopped"), ActorRefs.NoSender);
}

/// <summary><see cref="GatingActor"/> → the <see cref="RouteTokens.ReplyTo"/>. Local.</summary>
/// <param name="DispatchId">From the request.</param>
/// <param name="Layer">From the request.</param>
/// <param name="Hidden">From the request.</param>
/// <param name="Routing">The decision, in the buffers of the request.</param>
public sealed record TokensRouted(ulong DispatchId, int Layer, ActivationRows Hidden, TokenRouting Routing) : INoSerializationVerificationNeeded;

/// <summary><see cref="GatingActor"/> → the <see cref="RouteTokens.ReplyTo"/>: the tokens could not be scored. Local.</summary>
public sealed record RoutingFailed(ulong DispatchId, int Layer, string Message) : INoSerializationVerificationNeeded;

/// <summary>Anyone → <see cref="GatingActor"/>: how many tokens each expert got so far. Reply: <see cref="ExpertLoads"/>. Local.</summary>
public sealed record GetExpertLoads : INoSerializationVerificationNeeded
{
    public static GetExpertLoads Instance { get; } = new();
}

/// <summary>Tokens per expert since the actor started, experts without any left out.</summary>
public sealed record ExpertLoads(IReadOnlyList<KeyValuePair<ExpertId, long>> Tokens) : INoSerializationVerificationNeeded;
