using Akka.Actor;
using MoE.Gating;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Router.Tests;

/// <summary>Dispatches around the end of a membership.</summary>
public sealed class ClusterLinkSpecs : RouterSpec
{
    private readonly ClusterLink _link = new(TimeSpan.FromMinutes(10));

    [Fact]
    public void Dispatch_Connected_ReachesDispatcherAndGating()
    {
        _link.Connect(TestActor, TestActor);
        using var handle = _link.Dispatch(3, new ActivationRows());
        Assert.Same(handle, ExpectMsg<ExpectDispatch>().Handle);
        Assert.Equal(handle.DispatchId, ExpectMsg<RouteTokens>().DispatchId);
        Assert.False(handle.Ended);
    }

    /// <summary>The dispatcher is gone with the membership; nobody else would end what its mailbox still held.</summary>
    [Fact]
    public void Disconnect_DispatchUnderWay_EndsItWithTheReason()
    {
        _link.Connect(ActorRefs.Nobody, ActorRefs.Nobody);
        using var handle = _link.Dispatch(3, new ActivationRows());
        Assert.False(handle.Ended);
        _link.Disconnect("cut off");
        AssertFailed(handle);
    }

    [Fact]
    public void Dispatch_Disconnected_FailsAtOnceUntilConnectedAgain()
    {
        _link.Connect(TestActor, TestActor);
        _link.Disconnect("cut off");
        using var handle = _link.Dispatch(3, new ActivationRows());
        AssertFailed(handle);
        ExpectNoMsg(TimeSpan.Zero);

        _link.Connect(TestActor, TestActor);
        using var next = _link.Dispatch(3, new ActivationRows());
        Assert.NotEqual(handle.DispatchId, next.DispatchId);
        Assert.Same(next, ExpectMsg<ExpectDispatch>().Handle);
    }

    private static void AssertFailed(DispatchHandle handle)
    {
        Assert.True(handle.Ended);
        Assert.Equal("layer 3: cut off", Assert.Throws<ExpertsUnavailableException>(() => handle.Wait(TimeSpan.Zero)).Message);
    }
}
