using Akka.Actor;

namespace MoE.Protocol;

/// <summary>
/// A message that owns what must be given back: memory, a connection, an answer that is due. Whoever gets it disposes it; where nobody
/// gets it, <see cref="AbandonedMessages"/> does.
/// </summary>
public interface IOwningMessage : IDisposable, INoSerializationVerificationNeeded;
