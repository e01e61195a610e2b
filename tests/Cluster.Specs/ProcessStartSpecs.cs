using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using MoE.Host;

namespace MoE.Cluster.Specs;

/// <summary>Processes that cannot begin, or that lose a part while they serve.</summary>
public sealed class ProcessStartSpecs
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Should_GiveBackItsPort_When_AnExpertProcessCannotStart()
    {
        var port = MemberNodes.FreePorts(1)[0];
        var config = MemberNodes.Configure(port, seed: 1, role: "expert", "moe.lane.dispatcher.type = none");
        await Assert.ThrowsAsync<ConfigurationException>(() => ExpertProcess.StartAsync(config, _ => { }));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task Should_GiveUp_When_TheLaneOfAnExpertProcessCannotListen()
    {
        using var taken = Listen();
        await using var process = await ExpertProcess.StartAsync(MemberNodes.Configure(0, seed: 1, role: "expert", LaneOn(taken)), _ => { });
        Assert.Contains("moe.lane.port", await process.GivenUp.WaitAsync(s_patience), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_Fail_When_TheLaneOfAFrontWithExpertsCannotListen()
    {
        using var taken = Listen();
        var config = MemberNodes.Configure(0, seed: null, role: "seed", $"moe.expert.memory-budget = 1G\n{LaneOn(taken)}");
        var failure = await Assert.ThrowsAsync<IOException>(() => FrontProcess.StartAsync(config, coordinate: true, _ => { }).WaitAsync(s_patience));
        Assert.Contains("moe.lane.port", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/user/expert/node")]
    [InlineData("/user/coordinator")]
    public async Task Should_JoinAnew_When_AnActorFails(string actor)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var starts = 0;
        await using var process = await ExpertProcess.StartAsync(MemberNodes.Configure(0, seed: 1, role: "expert", ""), message =>
        {
            if (message is ExpertNodeStarted && Interlocked.Increment(ref starts) == 1)
                lost.TrySetResult();
            else if (message is ExpertNodeStarted)
                again.TrySetResult();
        });
        await lost.Task.WaitAsync(s_patience);
        process.Node.System.ActorSelection(actor).Tell(Kill.Instance);
        await again.Task.WaitAsync(s_patience);
    }

    private static Socket Listen()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static string LaneOn(Socket taken) => $"moe.lane.port = {((IPEndPoint)taken.LocalEndPoint!).Port}";
}
