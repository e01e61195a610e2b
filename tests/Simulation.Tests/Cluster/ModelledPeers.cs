using Akka.Actor;
using MoE.Host;

namespace MoE.Simulation.Tests;

/// <summary>What a process finds out about others over the modelled network.</summary>
internal sealed class ModelledPeers(World world, SimulatedProcess process, TimeSpan timeout) : IPeers
{
    public Task<bool> RefusesAsync(Address other, CancellationToken cancellation) => Answer(
        () => world.Cables.Connects(process, other), () => world.ListeningAt(other) is null, silent: false, cancellation);

    public Task<bool?> HasAsync(Address other, string actor, CancellationToken cancellation) => Answer<bool?>(
        () => world.ListeningAt(other) is { } there && world.Cables.CanAsk(process.Membership, there),
        () => world.ListeningAt(other)?.Actors.ContainsKey(actor), silent: null, cancellation);

    private Task<T> Answer<T>(Func<bool> answers, Func<T> answer, T silent, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<T>();
        cancellation.Register(() => result.TrySetCanceled(cancellation));
        world.Loop.After(world.Loop.Between(0.2, 10), () =>
        {
            if (answers())
                process.Run(() => result.TrySetResult(answer()));
            else
                world.Loop.After(timeout, () => process.Run(() => result.TrySetResult(silent)));
        });
        return result.Task;
    }
}
