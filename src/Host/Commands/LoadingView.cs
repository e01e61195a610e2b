using MoE.Http;
using Spectre.Console;

namespace MoE.Host;

/// <summary>What people see while a local cluster loads: one line that changes on a terminal, a line per change elsewhere.</summary>
internal static class LoadingView
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    /// <returns>Whether the front can serve; false when it was cancelled or an expert process ended for good.</returns>
    public static async Task<bool> ShowAsync(IAnsiConsole console, FrontProcess front, ExpertChildren children, CancellationToken cancellationToken)
    {
        var expertBytes = Router.PlacementModel.Of(front.Node.Source).TotalBytes;
        var nodes = front.Node.Core.Config.GetInt(SettingKeys.MinNodes);
        if (console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal)
        {
            return await console.Status().StartAsync(
                "starting", context => PollAsync(front, children, nodes, expertBytes, text => context.Status(text), cancellationToken)).ConfigureAwait(false);
        }

        var last = "";
        return await PollAsync(front, children, nodes, expertBytes, text =>
        {
            if (text != last)
                console.WriteLine(last = text);
        }, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> PollAsync(
        FrontProcess front, ExpertChildren children, int nodes, long expertBytes, Action<string> show, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        try
        {
            while (!front.Front.Readiness.Ready)
            {
                if (children.AnyLost.IsCompleted)
                    return false;
                show(Describe(await front.Front.ClusterView.GetAsync(cancellationToken).ConfigureAwait(false), nodes, expertBytes));
                await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string Describe(ClusterSnapshot cluster, int nodes, long expertBytes)
    {
        if (cluster.Nodes.Count == 0)
            return "waiting for expert nodes to join";
        if (cluster.Nodes.Count < nodes)
            return $"{cluster.Nodes.Count} of {nodes} expert nodes are here";
        var held = cluster.Nodes.Sum(node => node.BytesHeld);
        var percent = expertBytes == 0 ? 100 : Math.Min(100, held * 100 / expertBytes);
        return $"loading experts: {percent} % of {Bytes.Format(expertBytes)} on {cluster.Nodes.Count} {(cluster.Nodes.Count == 1 ? "node" : "nodes")}";
    }
}
