namespace MoE.Kernels.Tests;

public sealed class ThreadGateTests
{
    /// <summary>A futex where the machine has one, and what stands in for it elsewhere.</summary>
    public static TheoryData<bool> Kinds => LinuxCalls.Supported ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Wait_OpenedBefore_ReturnsOnceHoweverOftenItWasOpened(bool futex)
    {
        var gate = new ThreadGate(futex);
        gate.Open();
        gate.Open();
        Assert.True(gate.Wait(Timeout.InfiniteTimeSpan));
        Assert.False(gate.Wait(TimeSpan.Zero));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Wait_NobodyOpens_EndsWithTheTimeout(bool futex)
    {
        var gate = new ThreadGate(futex);
        Assert.False(gate.Wait(TimeSpan.FromMilliseconds(5)));
        gate.Open();
        Assert.True(gate.Wait(TimeSpan.FromMilliseconds(5)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Open_TwoThreadsByTurns_NoOpeningIsLost(bool futex)
    {
        const int Rounds = 20_000;
        var there = new ThreadGate(futex);
        var back = new ThreadGate(futex);
        var turns = 0;
        var other = Task.Run(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                there.Wait();
                turns++;
                back.Open();
            }
        });
        for (var i = 1; i <= Rounds; i++)
        {
            there.Open();
            back.Wait();
            Assert.Equal(i, turns);
        }

        await other;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Wait_OpenedAsTheTimeoutPasses_TheOpeningIsSeenThenOrLater(bool futex)
    {
        const int Rounds = 5_000;
        var gate = new ThreadGate(futex);
        var next = new ThreadGate(futex);
        var opener = Task.Run(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                gate.Open();
                next.Wait();
            }
        });
        for (var seen = 0; seen < Rounds;)
        {
            if (!gate.Wait(TimeSpan.FromTicks(seen % 50)))
                continue;
            seen++;
            next.Open();
        }

        await opener;
        Assert.False(gate.Wait(TimeSpan.Zero));
    }
}
