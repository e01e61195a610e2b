using System.Net.Sockets;

namespace MoE.Faults;

/// <summary>
/// A node that gives ranges to a joining one hangs after the first of them, its connection kept: by the range's deadline another one goes
/// on. The node that hung goes on as well, later.
/// </summary>
internal sealed class HungPeerJoin : FetchingJoin
{
    private readonly HangInRanges _hang;

    public HungPeerJoin()
        : this(new HangInRanges())
    {
    }

    private HungPeerJoin(HangInRanges hang)
        : base(
            "weights-hung-peer", "a node without a model file joins, SIGSTOP of a node that is giving it ranges", hang,
            "nothing comes from .*: .* experts are fetched on elsewhere") => _hang = hang;

    public override int Runs => 8;

    public override ClusterShape Shape { get; } = new() { Experts = 2, Replicas = 2, Proxied = ProxiedLane.Weights };

    public override async Task InjectAsync(FaultCluster cluster)
    {
        _hang.Victim = cluster.Experts[0].Process;
        await base.InjectAsync(cluster);
        Contract.Holds(_hang.Hits > 1, "the node hangs while it gives ranges");
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        cluster.Experts[0].Proxy!.Heal();
        await cluster.Experts[0].Process.SendAsync("CONT");
        await base.AfterAsync(cluster, outcome);
    }

    /// <summary>Lets one range through; with the second the node hangs, and what it had sent before is lost, signs of life included.</summary>
    private sealed class HangInRanges : LaneFault
    {
        private bool _hung;

        public MoEProcess? Victim { get; set; }

        public override async Task<bool> PassAsync(byte[] frame, Socket to, CancellationToken cancellation)
        {
            if (!_hung && (!IsWork(frame) || Hit() == 0))
                return await SendAsync(to, frame, cancellation);
            if (!_hung)
                await Victim!.SendAsync("STOP");
            _hung = true;
            return true;
        }
    }
}
