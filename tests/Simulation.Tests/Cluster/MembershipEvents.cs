using Akka.Actor;
using Akka.Cluster;

namespace MoE.Simulation.Tests;

/// <summary>Tells a process's actors how its view of the membership changes, in Akka.Cluster's events.</summary>
/// <param name="self">The uid of the membership.</param>
internal sealed class MembershipEvents(int self)
{
    private readonly List<(IActorRef Actor, Type[] Events)> _subscribers = [];
    private readonly List<Action> _onUp = [];
    private Gossip _told = Gossip.Empty;

    public void Subscribe(IActorRef subscriber, Type[] events)
    {
        _subscribers.Add((subscriber, events));
        foreach (var message in Difference(Gossip.Empty, _told))
            Tell(subscriber, events, message);
    }

    public void Unsubscribe(IActorRef subscriber) => _subscribers.RemoveAll(one => one.Actor.Equals(subscriber));

    /// <summary>Has something run when the membership is up.</summary>
    public void OnUp(Action then) => _onUp.Add(then);

    /// <summary>The membership is up.</summary>
    public void Up()
    {
        var actions = _onUp.ToList();
        _onUp.Clear();
        actions.ForEach(action => action());
    }

    /// <returns>Members that were there and are not any more.</returns>
    public IReadOnlyList<int> Publish(Gossip gossip)
    {
        if (ReferenceEquals(gossip, _told))
            return [];
        var before = _told;
        _told = gossip;
        foreach (var message in Difference(before, gossip))
        {
            foreach (var (actor, events) in _subscribers.ToList())
                Tell(actor, events, message);
        }

        return [.. before.Members.Keys.Where(uid => !gossip.Members.ContainsKey(uid))];
    }

    /// <summary>The membership ends: everybody goes.</summary>
    public IReadOnlyList<int> PublishEnd() => Publish(_told.Without(_told.Members.Keys));

    private static void Tell(IActorRef actor, Type[] events, object message)
    {
        if (Array.Exists(events, type => type.IsInstanceOfType(message)))
            actor.Tell(message, ActorRefs.NoSender);
    }

    private IEnumerable<object> Difference(Gossip before, Gossip now)
    {
        var (was, unreachable) = (before.Unreachable(countDowned: false), now.Unreachable(countDowned: false));
        foreach (var member in now.Members.Values.Where(member => member.Uid != self))
        {
            if (unreachable.Contains(member.Uid) && !was.Contains(member.Uid))
                yield return new ClusterEvent.UnreachableMember(member.ToMember(member.Status));
            else if (!unreachable.Contains(member.Uid) && was.Contains(member.Uid))
                yield return new ClusterEvent.ReachableMember(member.ToMember(member.Status));
        }

        foreach (var member in now.Members.Values.Where(member => !before.Members.TryGetValue(member.Uid, out var old) || old.Status != member.Status))
        {
            var changed = member.ToMember(member.Status);
            yield return member.Status switch
            {
                MemberStatus.Joining => new ClusterEvent.MemberJoined(changed),
                MemberStatus.WeaklyUp => new ClusterEvent.MemberWeaklyUp(changed),
                MemberStatus.Up => new ClusterEvent.MemberUp(changed),
                MemberStatus.Leaving => new ClusterEvent.MemberLeft(changed),
                MemberStatus.Exiting => new ClusterEvent.MemberExited(changed),
                _ => new ClusterEvent.MemberDowned(changed),
            };
        }

        foreach (var member in before.Members.Values.Where(member => !now.Members.ContainsKey(member.Uid)))
            yield return new ClusterEvent.MemberRemoved(member.ToMember(MemberStatus.Removed), member.Status == MemberStatus.Exiting ? MemberStatus.Exiting : MemberStatus.Down);
    }
}
