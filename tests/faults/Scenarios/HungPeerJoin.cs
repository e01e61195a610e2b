using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>
/// A node without a model file joins under load, and a node that gives it ranges hangs after the first of them, its connection kept: by
/// the range's deadline another one goes on. The node that hung goes on as well, later.
/// </summary>
internal sealed class HungPeerJoin : Join
{
    private string _cache = "";

    public override string Name => "weights-hung-peer";

    public override string Fault => "a node without a model file joins, SIGSTOP of a node that is giving it ranges";

    public override int Runs => 8;

    public override ClusterShape Shape { get; } = new() { Experts = 2, Replicas = 2, Proxied = ProxiedLane.Weights };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        var victim = cluster.Experts[0];
        var hang = new HangInRanges(() => victim.Process.SendAsync("STOP"));
        victim.Proxy!.FromNode(hang);
        await base.InjectAsync(cluster);
        Contract.Holds(hang.Hits > 1, "the node hangs while it gives ranges");
        await cluster.Experts[^1].Process.LineAsync("nothing comes from .*: .* experts are fetched on elsewhere");
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.Experts[0].Proxy!.Heal();
        await cluster.Experts[0].Process.SendAsync("CONT");
        await cluster.SettledAsync(Shape.Experts + 1);
        Contract.Holds(CachedExperts.SoundIn(_cache).Count > 0, "fetched experts are kept");
        await base.AfterAsync(cluster, outcome);
    }

    protected override void Start(FaultCluster cluster) => _cache = cluster.AddExpertWithoutFile().Cache;

    /// <summary>Lets one range through; with the second the node hangs, and what it had sent before is lost, signs of life included.</summary>
    private sealed class HangInRanges(Func<Task> hang) : LaneFault
    {
        private bool _hung;

        public override async Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
        {
            if (!_hung && (!IsWork(frame) || Hit() == 0))
                return await SendAsync(to, frame, cancellation);
            if (!_hung)
                await hang();
            _hung = true;
            return true;
        }
    }
}
