using Akka.Actor;
using Akka.Configuration;
using MoE.ExpertActors;

namespace MoE.Host;

/// <summary>
/// A process that holds experts. Ends when it is told to (after draining), or when the cluster refuses it; where the cluster
/// has only lost it, it joins again.
/// </summary>
internal sealed class ExpertProcess : IAsyncDisposable
{
    private readonly NodeCore _core;
    private readonly Action<object> _onEvent;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _life;
    private volatile Membership _membership;
    private volatile bool _draining;

    private ExpertProcess(Config config, Action<object> onEvent)
    {
        _core = NodeCore.Open(config);
        _onEvent = onEvent;
        try
        {
            _membership = Enter();
        }
        catch
        {
            _core.Dispose();
            throw;
        }

        _life = MembershipLoop.RunAsync(_core.Membership.RejoinPause, () => _membership.Node.Ended, Lost, Reenter, TimeProvider.System, _ending.Token);
    }

    /// <summary>The membership of now.</summary>
    public ClusterNode Node => _membership.Node;

    /// <summary>Ends with the reason when the cluster refuses the node.</summary>
    public Task<string> Refused => _refused.Task;

    /// <param name="config">The process's configuration.</param>
    /// <param name="onEvent">Gets the node's news.</param>
    public static ExpertProcess Start(Config config, Action<object> onEvent) => new(config, onEvent);

    /// <summary>Serves until other nodes hold what this one held, or until the shutdown timeout.</summary>
    /// <returns>Whether everything was handed over.</returns>
    public async Task<bool> DrainAsync()
    {
        _draining = true;
        _membership.Role.Tell(Drain.Instance);
        var ended = await Task.WhenAny(_drained.Task, Task.Delay(Node.Settings.ShutdownTimeout)).ConfigureAwait(false);
        return ended == _drained.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _life.ConfigureAwait(false);
        await Node.DisposeAsync().ConfigureAwait(false);
        _core.Dispose();
        _ending.Dispose();
    }

    private Membership Enter()
    {
        var node = ClusterNode.Start(_core);
        var listener = node.System.ActorOf(EventListener.Props(Observe), "events");
        var membership = new Membership(node, ExpertRole.Start(node, listener));
        node.Join(mayForm: false);
        return membership;
    }

    private void Lost() => _onEvent(new ExpertNodeStateChanged(Protocol.NodeState.Joining, "the cluster has lost this node: joining again"));

    private Task Reenter()
    {
        _membership = Enter();
        if (_draining)
            _membership.Role.Tell(Drain.Instance);
        return Task.CompletedTask;
    }

    private void Observe(object message)
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

        _onEvent(message);
    }

    private sealed record Membership(ClusterNode Node, IActorRef Role);
}
