using Akka.Actor;
using Akka.Configuration;
using MoE.ExpertActors;

namespace MoE.Host;

/// <summary>A process that holds experts. Ends when it is told to (after draining), or when the cluster refuses it.</summary>
internal sealed class ExpertProcess : IAsyncDisposable
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _role;

    private ExpertProcess(Config config, Action<object> onEvent)
    {
        Node = ClusterNode.Start(config);
        var listener = Node.System.ActorOf(EventListener.Props(message => Observe(message, onEvent)), "events");
        _role = ExpertRole.Start(Node, listener);
        Node.Join();
    }

    public ClusterNode Node { get; }

    /// <summary>Ends with the reason when the cluster refuses the node.</summary>
    public Task<string> Refused => _refused.Task;

    /// <param name="config">The process's configuration.</param>
    /// <param name="onEvent">Gets the node's news.</param>
    public static ExpertProcess Start(Config config, Action<object> onEvent) => new(config, onEvent);

    /// <summary>Serves until other nodes hold what this one held, or until the shutdown timeout.</summary>
    /// <returns>Whether everything was handed over.</returns>
    public async Task<bool> DrainAsync()
    {
        _role.Tell(Drain.Instance);
        var ended = await Task.WhenAny(_drained.Task, Task.Delay(Node.Settings.ShutdownTimeout)).ConfigureAwait(false);
        return ended == _drained.Task;
    }

    public ValueTask DisposeAsync() => Node.DisposeAsync();

    private void Observe(object message, Action<object> onEvent)
    {
        switch (message)
        {
            case ExpertNodeDrained:
                _drained.TrySetResult();
                break;
            case ExpertNodeRefused refused:
                _refused.TrySetResult(refused.Message);
                break;
            default:
                break;
        }

        onEvent(message);
    }
}
