using Akka.Actor;

namespace MoE.Protocol;

/// <summary>The coordinator's locator → a node's or front's actor: another process coordinates now; register anew. Local.</summary>
public sealed record CoordinatorChanged : INoSerializationVerificationNeeded
{
    public static CoordinatorChanged Instance { get; } = new();
}
