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
    private readonly TaskCompletionSource<string> _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private Task _life = Task.CompletedTask;
    private volatile Membership _membership = null!;
    private volatile bool _started;
    private volatile bool _draining;

    private ExpertProcess(NodeCore core, Action<object> onEvent)
    {
        _core = core;
        _onEvent = onEvent;
    }

    /// <summary>The membership of now.</summary>
    public ClusterNode Node => _membership.Node;

    /// <summary>Ends with the reason when the process will never serve: the cluster refuses it, or its lane's address cannot be had.</summary>
    public Task<string> GivenUp => _givenUp.Task;

    /// <summary>Starts everything; the node joins in its own time.</summary>
    /// <param name="config">The process's configuration.</param>
    /// <param name="onEvent">Gets the node's news.</param>
    public static async Task<ExpertProcess> StartAsync(Config config, Action<object> onEvent)
    {
        var process = new ExpertProcess(NodeCore.Open(config), onEvent);
        try
        {
            await process.EnterAsync().ConfigureAwait(false);
        }
        catch
        {
            process._core.Dispose();
            process._ending.Dispose();
            throw;
        }

        process._life = MembershipLoop.RunAsync(
            process._core.Membership.RejoinPause, () => process.Node.Ended, process.Lost, process.EnterAsync, TimeProvider.System, process._ending.Token);
        return process;
    }

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

    private async Task EnterAsync()
    {
        var node = ClusterNode.Start(_core);
        try
        {
            var listener = node.System.ActorOf(EventListener.Props(message => Observe(node, message)), "events");
            var role = ExpertRole.Start(node, listener);
            node.Join(mayForm: false);
            _membership = new Membership(node, role);
            if (_draining)
                role.Tell(Drain.Instance);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Lost() => _onEvent(new ExpertNodeStateChanged(Protocol.NodeState.Joining, "the cluster has lost this node: joining again"));

    private void Observe(ClusterNode node, object message)
    {
        switch (message)
        {
            case ExpertNodeStarted:
                _started = true;
                break;
            case ExpertNodeDrained:
                _drained.TrySetResult();
                break;
            case ExpertNodeRefused refused:
                _givenUp.TrySetResult($"refused by the cluster: {refused.Message}");
                break;
            case ExpertLaneFailed failed when !_started:
                _givenUp.TrySetResult(failed.Message);
                break;
            case ExpertLaneFailed:
                // It had the address before, and may have it again.
                node.End();
                break;
            default:
                break;
        }

        _onEvent(message);
    }

    private sealed record Membership(ClusterNode Node, IActorRef Role);
}
