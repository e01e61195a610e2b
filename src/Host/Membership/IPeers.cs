using Akka.Actor;

namespace MoE.Host;

/// <summary>What a process can find out about another one from outside, without being in a cluster with it.</summary>
internal interface IPeers
{
    /// <param name="process">Where the process listens, or listened.</param>
    /// <param name="cancellation">Ends the attempt; the answer is then false.</param>
    /// <returns>True where its machine says that nobody listens there: a proven death (<see cref="DeathProbe"/>).</returns>
    Task<bool> RefusesAsync(Address process, CancellationToken cancellation);

    /// <param name="process">Where the process listens.</param>
    /// <param name="actor">The name of one of its <see cref="MemberActor"/>s.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Whether it has that actor; null where it does not answer.</returns>
    /// <exception cref="OperationCanceledException">The attempt was ended.</exception>
    Task<bool?> HasAsync(Address process, string actor, CancellationToken cancellation);
}
