using MoE.Protocol;

namespace MoE.Router.Tests;

/// <summary>What measured answers say of the next ones.</summary>
public sealed class NodeLatenciesTests
{
    private static readonly TimeSpan s_trialAfter = TimeSpan.FromSeconds(2);
    private readonly NodeLatencies _latencies = new(Cases.Settings.Hedge, s_trialAfter);
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void HedgeAfter_LargerAnswers_MayTakeLonger()
    {
        Assert.Equal(Cases.Settings.Hedge.Ceiling, _latencies.HedgeAfter(Cases.A, 1));
        Observe(Cases.A, 60);
        Assert.Equal(TimeSpan.FromMilliseconds(180), _latencies.HedgeAfter(Cases.A, 9));
        Assert.Equal(TimeSpan.FromMilliseconds(720), _latencies.HedgeAfter(Cases.A, 32));
        Assert.Equal(TimeSpan.FromMilliseconds(180), _latencies.HedgeAfter(Cases.A, 1));
        Assert.Equal(Cases.Settings.Hedge.Ceiling, _latencies.HedgeAfter(Cases.A, 4_096));
        Observe(Cases.B, 1);
        Assert.Equal(Cases.Settings.Hedge.Floor, _latencies.HedgeAfter(Cases.B, 8));
    }

    /// <summary>A node whose lane was lost, and that then never answers, is no reason to wait longer than for any other.</summary>
    [Fact]
    public void HedgeAfter_NodeWithoutAnswers_MayTakeWhatTheSlowestOtherDoes()
    {
        Observe(Cases.A, 60);
        Observe(Cases.B, 80);
        Assert.Equal(TimeSpan.FromMilliseconds(240), _latencies.HedgeAfter(Cases.C, 8));
        _latencies.Forget(Cases.B);
        Assert.Equal(TimeSpan.FromMilliseconds(180), _latencies.HedgeAfter(Cases.B, 8));
    }

    /// <summary>All that was under way when the node stopped comes when it goes on: the next pause is noticed nearly as soon.</summary>
    [Fact]
    public void HedgeAfter_AnswersOfAPause_CountAsLongAsTheyWereWaitedFor()
    {
        Observe(Cases.A, 8);
        var waited = _latencies.HedgeAfter(Cases.A, 8);
        Assert.Equal(Cases.Settings.Hedge.Floor, waited);
        for (var i = 0; i < 6; i++)
            _latencies.Observe(Cases.A, 8, TimeSpan.FromMilliseconds(800), waited, _now);
        Assert.Equal(3 * waited, _latencies.HedgeAfter(Cases.A, 8));
    }

    [Fact]
    public void HedgeAfter_NodeThatIsSlowForGood_GrowsToItsTime()
    {
        Observe(Cases.A, 8);
        for (var i = 0; i < 2; i++)
            Observe(Cases.A, 800);
        Assert.Equal(TimeSpan.FromMilliseconds(900), _latencies.HedgeAfter(Cases.A, 8));
        Observe(Cases.A, 800);
        Assert.Equal(Cases.Settings.Hedge.Ceiling, _latencies.HedgeAfter(Cases.A, 8));
    }

    [Fact]
    public void PerRow_NodeWithoutAnswers_IsThatOfTheFastest()
    {
        Assert.Equal(1, _latencies.PerRow(Cases.A));
        Observe(Cases.A, 16);
        Observe(Cases.B, 8);
        Assert.Equal(1, _latencies.PerRow(Cases.C));
        _latencies.Forget(Cases.B);
        Assert.Equal(2, _latencies.PerRow(Cases.C));
    }

    /// <summary>The first answer of a process, or one that a pause of the system delays: the node keeps its share of the work.</summary>
    [Fact]
    public void PerRow_OneLateAnswer_ChangesNothing()
    {
        Observe(Cases.A, 800);
        Observe(Cases.A, 8);
        Assert.Equal(1, _latencies.PerRow(Cases.A));
        for (var i = 0; i < 20; i++)
            Observe(Cases.A, i == 10 ? 800 : 8);
        Assert.Equal(1, _latencies.PerRow(Cases.A));
    }

    [Fact]
    public void PerRow_AnswersAreSlowNow_SaysSo()
    {
        for (var i = 0; i < 16; i++)
            Observe(Cases.A, 8);
        for (var i = 0; i < 9; i++)
            Observe(Cases.A, 80);
        Assert.Equal(10, _latencies.PerRow(Cases.A));
    }

    /// <summary>Others get all rows meanwhile, so that nothing shows whether it is still slow.</summary>
    [Fact]
    public void PerRow_SlowNodeNotAsked_IsTriedAfterAWhile()
    {
        Slow(Cases.A);
        PassWithout(Cases.A, s_trialAfter - TimeSpan.FromMilliseconds(1));
        Assert.Equal(100, _latencies.PerRow(Cases.A));
        PassWithout(Cases.A, TimeSpan.FromMilliseconds(1));
        Assert.Equal(4, _latencies.PerRow(Cases.A));
        Observe(Cases.A, 8);
        Assert.Equal(1, _latencies.PerRow(Cases.A));
    }

    [Fact]
    public void PerRow_NodeStaysSlow_IsTriedLessOften()
    {
        Slow(Cases.A);
        var pause = s_trialAfter;
        for (var trial = 0; trial < 8; trial++)
        {
            PassWithout(Cases.A, pause);
            Assert.Equal(4, _latencies.PerRow(Cases.A));
            Observe(Cases.A, 800);
            Assert.Equal(100, _latencies.PerRow(Cases.A));
            pause = pause < 32 * s_trialAfter ? 2 * pause : pause;
            PassWithout(Cases.A, pause - TimeSpan.FromMilliseconds(1));
            Assert.Equal(100, _latencies.PerRow(Cases.A));
        }

        Assert.Equal(32 * s_trialAfter, pause);
        PassWithout(Cases.A, pause);
        Observe(Cases.A, 8);
        Slow(Cases.A);
        PassWithout(Cases.A, s_trialAfter);
        Assert.Equal(4, _latencies.PerRow(Cases.A));
    }

    private void Slow(NodeId node)
    {
        for (var i = 0; i < 16; i++)
        {
            Observe(node, 800);
            Observe(Cases.B, 8);
        }
    }

    /// <summary>Another node goes on answering.</summary>
    private void PassWithout(NodeId node, TimeSpan time)
    {
        Assert.NotEqual(Cases.B, node);
        _now += time;
        Observe(Cases.B, 8);
    }

    private void Observe(NodeId node, double milliseconds) => _latencies.Observe(node, 8, TimeSpan.FromMilliseconds(milliseconds), _latencies.HedgeAfter(node, 8), _now);
}
