namespace MoE.Kernels.Tests;

public sealed class ComputePoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void For_AnyCount_RunsEachItemOnce(int threads)
    {
        using var pool = new ComputePool(threads, "test");
        foreach (var count in new[] { 0, 1, 2, 3, 1000 })
        {
            var runs = new int[count];
            pool.For(count, item => Interlocked.Increment(ref runs[item]));
            Assert.All(runs, run => Assert.Equal(1, run));
        }
    }

    [Fact]
    public void For_BodyThrows_CallerGetsItAndThePoolGoesOn()
    {
        using var pool = new ComputePool(3, "test");
        var failure = Assert.Throws<InvalidOperationException>(
            () => pool.For(100, item => throw new InvalidOperationException("row 7")));
        Assert.Equal("row 7", failure.Message);
        var sum = 0;
        pool.For(100, item => Interlocked.Add(ref sum, item));
        Assert.Equal(4950, sum);
    }

    [Fact]
    public async Task For_FromSeveralThreads_EachGetsItsOwn()
    {
        using var pool = new ComputePool(2, "test");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(() =>
        {
            for (var round = 0; round < 200; round++)
            {
                var sum = 0;
                pool.For(17, item => Interlocked.Add(ref sum, item + caller));
                Assert.Equal(136 + 17 * caller, sum);
            }
        })));
    }

    [Fact]
    public async Task For_LoopsUsedAgain_EachReadsItsOwnState()
    {
        using var pool = new ComputePool(3, "test");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(() =>
        {
            for (var round = 0; round < 2000; round++)
            {
                var runs = new int[2 + round % 9];
                pool.For(runs.Length, (Runs: runs, Value: caller + round), static (item, all) => Interlocked.Add(ref all.Runs[item], all.Value));
                Assert.All(runs, run => Assert.Equal(caller + round, run));
            }
        })));
    }

    [Fact]
    public void For_StateOnceWarm_AllocatesNothing()
    {
        using var pool = new ComputePool(2, "test");
        var least = long.MaxValue;
        var sums = new int[8];
        for (var round = 0; round < 100; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            pool.For(sums.Length, (sums, round), static (item, all) => all.sums[item] += all.round);

            // A helper that is late to leave a loop makes the caller begin another the first few times.
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.All(sums, sum => Assert.Equal(4950, sum));
    }

    [Fact]
    public async Task TrySubmit_WorkBesideLoops_AllRuns()
    {
        using var pool = new ComputePool(2, "test");
        var done = new TaskCompletionSource();
        var left = 100;
        for (var i = 0; i < 100; i++)
        {
            Assert.True(pool.TrySubmit(() =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    done.SetResult();
            }));
            pool.For(4, _ => { });
        }

        await done.Task;
        Assert.Equal(0, left);
    }

    /// <summary>Loops, queued work and pauses in which threads fall asleep: nobody is forgotten.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task TrySubmit_FromSeveralThreadsBesideLoops_AllRuns(int threads)
    {
        using var pool = new ComputePool(threads, "test");
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var round = 0; round < 200; round++)
            {
                var submitted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var left = 3;
                for (var i = 0; i < 3; i++)
                {
                    Assert.True(pool.TrySubmit(() =>
                    {
                        if (Interlocked.Decrement(ref left) == 0)
                            submitted.SetResult();
                    }));
                }

                pool.For(1 + (caller + round) % 7, _ => Interlocked.Increment(ref runs));
                await submitted.Task;
            }
        })));
        Assert.Equal(Enumerable.Range(0, 4).Sum(caller => Enumerable.Range(0, 200).Sum(round => 1 + (caller + round) % 7)), runs);
    }

    /// <summary>Two pieces of work that wait for each other: each needs a thread, though both threads slept.</summary>
    [Fact]
    public void TrySubmit_WorkThatMeets_EachHasAThread()
    {
        using var pool = new ComputePool(2, "test");
        using var meeting = new Barrier(3);
        for (var round = 0; round < 100; round++)
        {
            for (var i = 0; i < 2; i++)
                Assert.True(pool.TrySubmit(meeting.SignalAndWait));
            meeting.SignalAndWait();
        }
    }

    /// <summary>Once the pool's thread sleeps, whoever submits begins at once, on its own thread.</summary>
    [Fact]
    public void SubmitAndHelp_ThreadsSleep_CallerComputes()
    {
        using var pool = new ComputePool(1, "test");
        AwaitSleep(pool);
        var thread = -1;
        pool.SubmitAndHelp(pool, all => all.TrySubmit(() => thread = Environment.CurrentManagedThreadId), static _ => false);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.Equal(1, pool.Sleeping);
    }

    /// <summary>A thread that computes has the work to itself: the caller does not wait for it.</summary>
    [Fact]
    public void SubmitAndHelp_ThreadsCompute_CallerLeavesIt()
    {
        using var pool = new ComputePool(1, "test");
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        using var ran = new ManualResetEventSlim();
        Assert.True(pool.TrySubmit(() =>
        {
            started.Set();
            release.Wait();
        }));
        started.Wait();
        pool.SubmitAndHelp(pool, all => all.TrySubmit(ran.Set), static _ => false);
        Assert.False(ran.IsSet);
        release.Set();
        ran.Wait();
    }

    /// <summary>A caller with something else to do goes after the piece that it is at; the pool's thread does the rest.</summary>
    [Fact]
    public void SubmitAndHelp_CallerHasOtherWork_ThreadsGoOn()
    {
        using var pool = new ComputePool(1, "test");
        AwaitSleep(pool);
        var threads = new int[2];
        using var done = new CountdownEvent(2);
        pool.SubmitAndHelp(
            pool,
            all =>
            {
                for (var i = 0; i < 2; i++)
                {
                    var item = i;
                    Assert.True(all.TrySubmit(() =>
                    {
                        threads[item] = Environment.CurrentManagedThreadId;
                        done.Signal();
                    }));
                }
            },
            static _ => true);
        done.Wait();
        Assert.Equal(Environment.CurrentManagedThreadId, threads[0]);
        Assert.NotEqual(Environment.CurrentManagedThreadId, threads[1]);
    }

    /// <summary>Helpers take the place of threads: callers of loops aside, no more compute at once than the pool has, and nothing is forgotten.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task SubmitAndHelp_FromSeveralThreads_RunsAllOnAsManyThreads(int threads)
    {
        using var pool = new ComputePool(threads, "test");
        var (computing, most, runs) = (0, 0, 0);
        using var done = new CountdownEvent(4 * 300 * 3);
        var work = () =>
        {
            var now = Interlocked.Increment(ref computing);
            InterlockedMax(ref most, now);
            Interlocked.Increment(ref runs);
            Interlocked.Decrement(ref computing);
            done.Signal();
        };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(() =>
        {
            for (var round = 0; round < 300; round++)
            {
                pool.SubmitAndHelp(
                    (pool, work, round),
                    static all =>
                    {
                        for (var i = 0; i < 3; i++)
                            Assert.True(all.pool.TrySubmit(all.work));
                    },
                    static all => all.round % 5 == 0);
                if (round % 7 == caller)
                    pool.For(5, _ => { });
            }
        })));
        done.Wait();
        Assert.Equal(4 * 300 * 3, runs);
        Assert.InRange(most, 1, threads);
    }

    private static void AwaitSleep(ComputePool pool) => Assert.True(SpinWait.SpinUntil(() => pool.Sleeping == pool.Threads, TimeSpan.FromMinutes(1)));

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    [Fact]
    public void TrySubmit_QueueFull_ReturnsFalse()
    {
        using var pool = new ComputePool(1, "test");
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Assert.True(pool.TrySubmit(() =>
        {
            started.Set();
            release.Wait();
        }));
        started.Wait();
        for (var i = 0; i < ComputePool.MaxQueuedWork; i++)
            Assert.True(pool.TrySubmit(() => { }));
        Assert.False(pool.TrySubmit(() => { }));
        release.Set();
    }

    [Fact]
    public void TrySubmit_AfterDispose_ReturnsFalse()
    {
        var pool = new ComputePool(2, "test");
        pool.Dispose();
        Assert.False(pool.TrySubmit(() => { }));
        Assert.Throws<ObjectDisposedException>(() => pool.For(2, _ => { }));
    }
}
