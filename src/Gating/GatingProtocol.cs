using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Gating;

/// <summary>
/// A layer's caller → <see cref="GatingActor"/>: score these tokens and tell <see cref="ReplyTo"/> the <see cref="TokensRouted"/>.
/// Local. Idempotent but for the load counts. Bounded by the batch. Whoever asked may ask the next question with the same object once
/// it has the answer, and has used it.
/// </summary>
public sealed class RouteTokens : IOwningMessage
{
    private readonly TokensRouted _answer;
    private ActivationRows? _hidden;

    public RouteTokens() => _answer = new TokensRouted(this);

    /// <summary>Comes back in the answer.</summary>
    public ulong DispatchId { get; private set; }

    /// <summary>A MoE layer of the model.</summary>
    public int Layer { get; private set; }

    /// <summary>[T, H]; must not change until the answer.</summary>
    public ActivationRows Hidden => _hidden ?? throw new InvalidOperationException("nothing was asked");

    /// <summary>Lent for the decision, which the answer carries.</summary>
    public RoutingBuffers Buffers { get; } = new();

    /// <summary>Gets the answer.</summary>
    public IActorRef ReplyTo { get; private set; } = ActorRefs.Nobody;

    /// <summary>Another question.</summary>
    /// <param name="dispatchId">Comes back in the answer.</param>
    /// <param name="layer">A MoE layer of the model.</param>
    /// <param name="hidden">[T, H]; must not change until the answer.</param>
    /// <param name="replyTo">Gets the answer.</param>
    public RouteTokens Ask(ulong dispatchId, int layer, ActivationRows hidden, IActorRef replyTo)
    {
        (DispatchId, Layer, _hidden, ReplyTo) = (dispatchId, layer, hidden, replyTo);
        return this;
    }

    /// <summary>The answer.</summary>
    /// <param name="routing">The decision.</param>
    public TokensRouted Answer(TokenRouting routing)
    {
        _answer.Routing = routing;
        return _answer;
    }

    /// <summary>What is owned is the answer: rows and buffers stay the caller's.</summary>
    public void Dispose() => ReplyTo.Tell(new RoutingFailed(DispatchId, Layer, "the gating actor has stopped"), ActorRefs.NoSender);
}

/// <summary><see cref="GatingActor"/> → the <see cref="RouteTokens.ReplyTo"/>. Local. Valid until the same object asks again.</summary>
public sealed class TokensRouted : INoSerializationVerificationNeeded
{
    private TokenRouting? _routing;

    internal TokensRouted(RouteTokens question) => Question = question;

    /// <summary>What was asked.</summary>
    public RouteTokens Question { get; }

    /// <summary>The decision, in the buffers of the question.</summary>
    public TokenRouting Routing
    {
        get => _routing ?? throw new InvalidOperationException("the tokens are not routed yet");
        internal set => _routing = value;
    }
}

/// <summary><see cref="GatingActor"/> → the <see cref="RouteTokens.ReplyTo"/>: the tokens could not be scored. Local.</summary>
public sealed record RoutingFailed(ulong DispatchId, int Layer, string Message) : INoSerializationVerificationNeeded;

/// <summary>Anyone → <see cref="GatingActor"/>: how many tokens each expert got so far. Reply: <see cref="ExpertLoads"/>. Local.</summary>
public sealed record GetExpertLoads : INoSerializationVerificationNeeded
{
    public static GetExpertLoads Instance { get; } = new();
}

/// <summary>Tokens per expert since the actor started, experts without any left out.</summary>
public sealed record ExpertLoads(IReadOnlyList<KeyValuePair<ExpertId, long>> Tokens) : INoSerializationVerificationNeeded;
