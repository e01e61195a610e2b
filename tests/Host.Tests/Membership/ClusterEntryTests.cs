using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using MoE.Router;

namespace MoE.Host.Tests;

/// <summary>The way into a cluster of others that say nothing.</summary>
public sealed class ClusterEntryTests
{
    private static readonly Address s_self = new("akka.tcp", "moe", "10.0.0.2", 4053), s_seed = new("akka.tcp", "moe", "10.0.0.1", 4053);

    /// <summary>The next membership makes an attempt of its own: where this one went on, there would be one more with each that fails.</summary>
    [Fact]
    public async Task EnterAsync_MembershipEndsBeforeItIsUp_Ends()
    {
        var time = new ManualTime();
        var membership = new Membership();
        var entry = Entry(membership, time).EnterAsync(mayForm: false, CancellationToken.None);
        membership.End();
        time.Tick();
        await entry.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(membership.Formed);
    }

    [Fact]
    public async Task EnterAsync_MembershipEndsBeforeANewClusterIsFormed_FormsNone()
    {
        var membership = new Membership();
        var entry = Entry(membership, new ManualTime());
        entry.Known.Seeds = [];
        entry.Known.Set([s_seed]);
        var entering = entry.EnterAsync(mayForm: true, CancellationToken.None);
        membership.End();
        await entering.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(membership.Formed);
    }

    /// <summary>Akka itself would warn of every attempt.</summary>
    [Theory]
    [InlineData(true, "nobody listens at 10.0.0.1:4053 yet; this node joins as soon as a seed does")]
    [InlineData(false, "no answer from 10.0.0.1:4053 yet; this node asks until it is let in")]
    public async Task EnterAsync_NoSeedLetsItIn_SaysSoOnce(bool refused, string line)
    {
        var time = new ManualTime();
        var membership = new Membership();
        var log = new KeptLog();
        var entry = Entry(membership, time, log, new SilentPeers(refused), [s_seed]).EnterAsync(mayForm: false, CancellationToken.None);
        time.Tick();
        await log.Spoken.WaitAsync(TimeSpan.FromSeconds(60));
        time.Tick();
        membership.End();
        time.Tick();
        await entry.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([line], log.Lines);
    }

    [Fact]
    public async Task EnterAsync_JoinsInTime_SaysNothing()
    {
        var time = new ManualTime();
        var membership = new Membership();
        var log = new KeptLog();
        var entry = Entry(membership, time, log, seeds: [s_seed]).EnterAsync(mayForm: false, CancellationToken.None);
        membership.Enter();
        time.Tick();
        await entry.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(log.Lines);
    }

    private static ClusterEntry Entry(
        Membership membership, TimeProvider time, ILoggingAdapter? log = null, SilentPeers? peers = null, IReadOnlyList<Address>? seeds = null) => new()
    {
        Membership = membership,
        Known = new KnownMembers(file: null) { Seeds = [s_seed, s_self] },
        Seeds = seeds ?? [],
        Settings = new MembershipSettings(TimeSpan.FromSeconds(1), 20, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), null),
        Peers = peers ?? new SilentPeers(),
        Time = time,
        Log = log ?? NoLogger.Instance,
        Announce = _ => { },
    };

    private sealed class Membership : IMembership
    {
        private readonly TaskCompletionSource _ended = new();
        private Action _up = () => { };

        public bool Formed { get; private set; }

        public UniqueAddress Self { get; } = new(s_self, 1);

        public Task Ended => _ended.Task;

        public void End() => _ended.SetResult();

        public void Enter() => _up();

        public void Subscribe(IActorRef subscriber, params Type[] events)
        {
        }

        public void Unsubscribe(IActorRef subscriber)
        {
        }

        public void OnUp(Action then) => _up = then;

        public void Form() => Formed = true;

        public void Join(IReadOnlyList<Address> contacts)
        {
        }

        public void Down(Address member)
        {
        }

        public ICanTell At(Address process, string name) => ActorRefs.Nobody;
    }

    private sealed class KeptLog : ILoggingAdapter
    {
        private readonly TaskCompletionSource _spoken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Lines { get; } = [];

        /// <summary>Ends with the first line.</summary>
        public Task Spoken => _spoken.Task;

        public ILogMessageFormatter Formatter => DefaultLogMessageFormatter.Instance;

        public bool IsDebugEnabled => true;

        public bool IsInfoEnabled => true;

        public bool IsWarningEnabled => true;

        public bool IsErrorEnabled => true;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log(LogLevel logLevel, Exception? cause, LogMessage message) => Log(logLevel, cause, message.ToString() ?? "");

        public void Log(LogLevel logLevel, Exception? cause, string message)
        {
            Lines.Add(message);
            _spoken.TrySetResult();
        }
    }

    private sealed class SilentPeers(bool refuses = false) : IPeers
    {
        public Task<bool> RefusesAsync(Address process, CancellationToken cancellation) => Task.FromResult(refuses);

        public Task<bool?> HasAsync(Address process, string actor, CancellationToken cancellation) => Task.FromResult<bool?>(null);
    }

    /// <summary>A clock whose timers end when they are told to.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly List<Timer> _timers = [];

        public void Tick() => _timers.ToList().ForEach(timer => timer.Fire());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(() => callback(state));
            _timers.Add(timer);
            return timer;
        }

        private sealed class Timer(Action fire) : ITimer
        {
            public void Fire() => fire();

            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
