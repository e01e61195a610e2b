using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace MoE.Router;

/// <summary>Akka.Cluster's membership of an actor system.</summary>
/// <param name="cluster">The system's.</param>
public sealed class AkkaMembership(Cluster cluster) : IMembership
{
    public UniqueAddress Self => cluster.SelfUniqueAddress;

    public Task Ended => cluster.System.WhenTerminated;

    public void Subscribe(IActorRef subscriber, params Type[] events) =>
        cluster.Subscribe(subscriber, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, events);

    public void Unsubscribe(IActorRef subscriber) => cluster.Unsubscribe(subscriber);

    public void OnUp(Action then) => cluster.RegisterOnMemberUp(then);

    public void Form() => cluster.Join(cluster.SelfAddress);

    public void Join(IReadOnlyList<Address> contacts) => cluster.JoinSeedNodes(contacts.ToImmutableList());

    public void Down(Address member)
    {
        // Who has not been let in is in no membership that it could be removed from, and Akka passes over its word.
        if (member.Equals(cluster.SelfAddress) && !cluster.State.Members.Any(one => one.UniqueAddress.Equals(cluster.SelfUniqueAddress)))
            CoordinatedShutdown.Get(cluster.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        else
            cluster.Down(member);
    }

    public ICanTell At(Address process, string name) => cluster.System.ActorSelection(new RootActorPath(process) / "user" / name);
}
