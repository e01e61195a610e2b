using Akka.Actor;

namespace MoE.Router;

/// <summary>
/// A layer → <see cref="TokenDispatcher"/>: this dispatch's routing is on its way from the gating actor. Ends through the
/// handle, within the deadline. Local.
/// </summary>
public sealed record ExpectDispatch(DispatchHandle Handle) : INoSerializationVerificationNeeded;
