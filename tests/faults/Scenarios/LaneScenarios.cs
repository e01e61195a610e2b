namespace MoE.Faults;

internal sealed class CutLane() : LaneScenario(new CutInsideAFrame())
{
    public override string Name => "lane-cut";

    public override string Fault => "the connection is cut inside an answer";

    protected override bool Cuts => true;
}

internal sealed class CutLaneToNode() : LaneScenario(new CutInsideAFrame(), fromNode: false)
{
    public override string Name => "lane-cut-to-node";

    public override string Fault => "the connection is cut inside a dispatch";

    protected override bool Cuts => true;
}

internal sealed class FlippedBitOnLane() : LaneScenario(new FlippedBit())
{
    public override string Name => "lane-flipped-bit";

    public override string Fault => "a bit of an answer is flipped on the way";

    protected override bool Cuts => true;
}

internal sealed class FlippedBitToNode() : LaneScenario(new FlippedBit(), fromNode: false)
{
    public override string Name => "lane-flipped-bit-to-node";

    public override string Fault => "a bit of a dispatch is flipped on the way";

    protected override bool Cuts => true;
}

internal sealed class RepeatedBytesOnLane() : LaneScenario(new RepeatedBytes())
{
    public override string Name => "lane-repeated-bytes";

    public override string Fault => "bytes of an answer come twice";

    protected override bool Cuts => true;
}

internal sealed class WrongLengthOnLane() : LaneScenario(new WrongLength())
{
    public override string Name => "lane-wrong-length";

    public override string Fault => "an answer says a wrong length";

    protected override bool Cuts => true;
}

internal sealed class RepeatedAnswer() : LaneScenario(new RepeatedFrame())
{
    public override string Name => "lane-repeated-answer";

    public override string Fault => "an answer comes twice";
}

internal sealed class LostAnswers() : LaneScenario(new LostRows())
{
    public override string Name => "lane-lost-answers";

    public override string Fault => "answers are lost, the connection lives";
}

internal sealed class DrippingLane() : LaneScenario(new Drip())
{
    public override string Name => "lane-drip";

    public override string Fault => "answers drip, one byte a second";
}

internal sealed class StalledLane() : LaneScenario(new Stall())
{
    public override string Name => "lane-stall";

    public override string Fault => "nothing comes from a node any more, the connection stays";
}

internal sealed class StalledLaneToNode() : LaneScenario(new Stall(), fromNode: false)
{
    public override string Name => "lane-stall-to-node";

    public override string Fault => "nothing reaches a node any more, the connection stays";
}

internal sealed class SlowLane() : LaneScenario(new Delay(TimeSpan.FromMilliseconds(200)))
{
    public override string Name => "lane-slow";

    public override string Fault => "a node answers 200 ms later";

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        await base.AfterAsync(cluster, outcome);
        Contract.Holds(await cluster.Front.MetricAsync("moe_dispatch_hedges_total") > 0, "the metrics show that a second node was asked");
    }
}

internal sealed class NarrowLane() : LaneScenario(new BandwidthCap(64 << 10))
{
    public override string Name => "lane-narrow";

    public override string Fault => "a node's answers come at 64 KiB/s";
}

/// <summary>A11: the checksum is right, the answer is not. Its node gets no more work until it is replaced.</summary>
internal abstract class WrongAnswer(LaneFault fault) : LaneScenario(fault)
{
    public override async Task InjectAsync(FaultCluster cluster)
    {
        await base.InjectAsync(cluster);
        await cluster.Front.UntilAsync(state => state.Nodes.Any(node => node["quarantine"] is not null));
    }

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        await cluster.GiveUpAsync(cluster.Experts[0]);
        cluster.AddExpert();
        await cluster.SettledAsync(Shape.Experts);
    }
}

internal sealed class NotANumberOnLane() : WrongAnswer(new NotANumber())
{
    public override string Name => "answer-nan";

    public override string Fault => "a node answers with a value that is no number";
}

internal sealed class WrongShapeOnLane() : WrongAnswer(new WrongShape())
{
    public override string Name => "answer-shape";

    public override string Fault => "a node answers with rows of a wrong shape";
}
