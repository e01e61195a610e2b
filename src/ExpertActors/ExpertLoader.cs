using Akka.Actor;
using Akka.Event;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// Brings what a node is told to hold into its memory, one expert at a time: fetched where it is not here, read on the compute pool,
/// given to an actor of its own. Belongs to the node's actor, which hears what comes of it.
/// </summary>
internal sealed class ExpertLoader(ExpertNodeParts node, HeldExperts held, IActorContext context, ITimerScheduler timers)
{
    private readonly HashSet<ExpertId> _fetched = [];
    private readonly ILoggingAdapter _log = context.GetLogger();
    private IActorRef? _fetcher;
    private int _fetchRound;
    private ExpertId? _reading;
    private long _actors;

    /// <summary>What the node was told last.</summary>
    public LoadPlan Plan { get; private set; } = LoadPlan.Nothing(held);

    public void StartFetcher()
    {
        if (node.Fetcher is null)
            return;
        _fetcher = context.ActorOf(node.Fetcher);
        context.Watch(_fetcher);
    }

    /// <summary>Forgets what the node was told; what it holds stays. Each coordinator has numbers of its own.</summary>
    public void Forget() => Plan = LoadPlan.Nothing(held);

    /// <summary>Takes over what the node is told to hold, unless that is what it is at already.</summary>
    /// <returns>Whether it is something new and can be held; if it cannot, the coordinator has been told.</returns>
    public bool Begin(LoadExperts load)
    {
        var repeated = load.Version == Plan.Version && Plan.Failure is null && Plan.Wanted.SetEquals(load.Experts);
        if (!repeated)
            Plan = new LoadPlan(load.Version, load.Experts, held);
        if (Excess() is { } excess)
        {
            Fail(excess);
            return false;
        }

        if (!repeated)
            Fetch();
        return !repeated;
    }

    /// <summary>One expert at a time: reads are sequential, and a newer set is noticed between two of them.</summary>
    /// <returns>Whether all that is wanted is held.</returns>
    public bool LoadNext()
    {
        if (_reading is not null || Plan.Failure is not null || Plan.Version == 0)
            return false;

        // What waits and is not here yet is on its way.
        if (Plan.Next(held, _fetcher is null ? null : _fetched) is not { } expert)
            return Plan.Waiting == 0;
        var self = context.Self;
        if (node.Pool.TrySubmit(() => LoadOnPool(expert, self)))
        {
            _reading = expert;
            return false;
        }

        // The threads are busy with dispatches; those go first.
        Plan.Defer(expert);
        timers.StartSingleTimer(nameof(ContinueLoading), ContinueLoading.Instance, node.Settings.RegisterInterval);
        return false;
    }

    public void Loaded(ExpertLoaded loaded)
    {
        _reading = null;
        _fetcher?.Tell(new ExpertTaken(loaded.Expert));
        if (!Plan.Wanted.Contains(loaded.Expert) || held.Contains(loaded.Expert))
        {
            // A newer set does without it.
            loaded.Weights.Dispose();
            return;
        }

        // An actor of the same expert may still be stopping: names are not used twice.
        var name = $"{loaded.Expert.Layer}-{loaded.Expert.Expert}-{_actors++}";
        var actor = context.ActorOf(ExpertActor.Props(loaded.Weights, node.Pool, node.Workspaces).WithDispatcher(context.Props.Dispatcher), name);
        context.Watch(actor);
        held.Add(loaded.Expert, actor, loaded.Weights.Bytes);
        var progress = new LoadProgress(Plan.Version, node.Id, Plan.Wanted.Count - Plan.Waiting, Plan.Wanted.Count, held.Bytes);
        node.Coordinator.Tell(progress);
        node.Listener.Tell(new ExpertNodeLoading(progress.Loaded, progress.Total, progress.Bytes));
    }

    public void LoadFailed(ExpertLoadFailed failed)
    {
        _reading = null;
        _fetcher?.Tell(new ExpertTaken(failed.Expert));
        FailIfWanted(failed.Expert, failed.Message);
    }

    /// <returns>Whether it is what was asked for last.</returns>
    public bool Fetched(ExpertFetched fetched) => fetched.Round == _fetchRound && _fetched.Add(fetched.Expert);

    /// <summary>An expert cannot be had.</summary>
    public void FailIfWanted(ExpertId expert, string message)
    {
        if (Plan.Wanted.Contains(expert))
            Fail($"expert {expert}: {message}");
    }

    /// <summary>An actor stopped by itself: the fetcher's, or an expert's, whose weights went with it.</summary>
    public void Lost(IActorRef actor)
    {
        if (actor.Equals(_fetcher))
        {
            StartFetcher();
            Fail("the actor that fetches weights failed");
            return;
        }

        if (held.Remove(actor) is not { } expert)
            return;
        _log.Error("{0}: the actor of expert {1} failed", node.Id, expert);
        Plan.Reload(expert);
        if (Plan.Failure is { } failure)
            Fail(failure);
        else
            Fetch();
    }

    /// <summary>Gives up the experts that are held and not wanted.</summary>
    public void ReleaseOthers()
    {
        foreach (var actor in held.RemoveOthers(Plan.Wanted))
        {
            context.Unwatch(actor);
            actor.Tell(ReleaseExpert.Instance);
        }
    }

    private void LoadOnPool(ExpertId expert, IActorRef self)
    {
        try
        {
            self.Tell(new ExpertLoaded(expert, node.Source.Expert(expert.Layer, expert.Expert)), ActorRefs.NoSender);
        }
        catch (Exception exception)
        {
            // The coordinator waits for an answer; whatever went wrong while reading is that answer.
            self.Tell(new ExpertLoadFailed(expert, exception.Message), ActorRefs.NoSender);
        }
    }

    /// <summary>Why the experts cannot be held here, or null.</summary>
    private string? Excess()
    {
        foreach (var expert in Plan.Wanted)
        {
            if (!node.Source.HasExpert(expert.Layer, expert.Expert))
                return $"expert {expert} is none of the model's";
        }

        var bytes = Plan.Wanted.CountBy(expert => expert.Layer).Sum(layer => layer.Value * node.Source.ExpertBytes(layer.Key));
        return bytes > node.Registration.MemoryBudgetBytes
            ? $"{Plan.Wanted.Count} experts take {bytes} bytes, the budget is {node.Registration.MemoryBudgetBytes} (moe.expert.memory-budget)"
            : null;
    }

    /// <summary>Has the fetcher bring what is wanted and not held; what it was asked for before and is not wanted it gives up.</summary>
    private void Fetch()
    {
        _fetched.Clear();
        _fetcher?.Tell(new FetchExperts(++_fetchRound, [.. Plan.Missing(held)]));
    }

    private void Fail(string failure)
    {
        Plan.Fail(failure);
        Fetch();
        _log.Error("{0} cannot hold its experts: {1}", node.Id, failure);
        node.Coordinator.Tell(new LoadFailed(Plan.Version, node.Id, failure));
    }
}

/// <summary>A compute thread → <see cref="ExpertNodeActor"/>: an expert was read. Local.</summary>
internal sealed record ExpertLoaded(ExpertId Expert, ExpertWeights Weights) : IOwningMessage
{
    public void Dispose() => Weights.Dispose();
}

/// <summary>A compute thread → <see cref="ExpertNodeActor"/>: an expert could not be read. Local.</summary>
internal sealed record ExpertLoadFailed(ExpertId Expert, string Message) : INoSerializationVerificationNeeded;

/// <summary><see cref="ExpertNodeActor"/> → itself: the compute threads may have time to read by now. Local.</summary>
internal sealed record ContinueLoading : INoSerializationVerificationNeeded
{
    public static ContinueLoading Instance { get; } = new();
}
