using Akka.Actor;
using Akka.Cluster;

namespace MoE.Router;

/// <summary>A process's membership in a cluster, as far as anybody here needs one. <see cref="AkkaMembership"/> is Akka.Cluster's; the simulation has a model of it.</summary>
public interface IMembership
{
    /// <summary>This process, unique for one membership.</summary>
    UniqueAddress Self { get; }

    /// <summary>Ends with this membership.</summary>
    Task Ended { get; }

    /// <summary>Sends an actor the members there are and every change, as <see cref="ClusterEvent"/>s.</summary>
    /// <param name="subscriber">Gets them until it unsubscribes.</param>
    /// <param name="events">The kinds that it gets.</param>
    void Subscribe(IActorRef subscriber, params Type[] events);

    void Unsubscribe(IActorRef subscriber);

    /// <summary>Runs something, on any thread, as soon as this process is a member that is up.</summary>
    void OnUp(Action then);

    /// <summary>Forms a cluster with this process alone, where it is in none.</summary>
    void Form();

    /// <summary>Asks others to let this process into their cluster, again and again until one does.</summary>
    /// <param name="contacts">Whom to ask; this process is not among them.</param>
    void Join(IReadOnlyList<Address> contacts);

    /// <summary>Says that a member is down; of two at one address, one. Of itself: this membership ends.</summary>
    void Down(Address member);

    /// <summary>An actor of a process, which need not be there.</summary>
    /// <param name="process">The process's address.</param>
    /// <param name="name">The actor's name under <c>/user</c>.</param>
    ICanTell At(Address process, string name);
}
