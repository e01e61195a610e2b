using Akka.Actor;
using Akka.Cluster;

namespace MoE.Simulation.Tests;

/// <summary>Members that are said to be down, and the end of this one where it is among them. Akka's rules.</summary>
internal sealed class Downing(World world, ModelledMembership self)
{
    /// <summary>Akka's MaxTicksBeforeShuttingDownMyself.</summary>
    private const int Ticks = 4;

    private int _ticks;

    private MembershipView View => self.View;

    /// <summary>
    /// Akka is given an address. Where a process was restarted there may be two members at it, in the order of their uids: each hears that it is
    /// down, and every word overwrites the one before, so that here the last one is. The next word is for the other.
    /// </summary>
    public void Mark(Address address) => Mark(address, View.Gossip);

    /// <inheritdoc cref="Mark(Address)"/>
    /// <param name="address">Where the members are.</param>
    /// <param name="before">What is known of them.</param>
    public void Mark(Address address, Gossip before)
    {
        foreach (var entry in View.MembersAt(address).Where(entry => entry.Status != MemberStatus.Down).ToList())
        {
            world.Trace.Add("downs", self.Process.Name, world.NameOf(entry));
            View.Change(before.With(entry with { Status = MemberStatus.Down }));
            if (address.Equals(self.Self.Address))
                self.Exchange.SendToSome();
            else
                self.Exchange.Send(entry.Uid);
        }
    }

    /// <summary>Whether a member that is down ends now: others have heard it, or have had the time to.</summary>
    public bool Ends()
    {
        var unreachable = View.Gossip.Unreachable(countDowned: true);
        var spread = View.Gossip.Members.Values.All(member =>
            member.Status != MemberStatus.Down || unreachable.Contains(member.Uid) || View.Seen.Contains(member.Uid));
        return spread || ++_ticks >= Ticks;
    }
}
