using Akka.Actor;

namespace MoE.Simulation.Tests;

/// <summary>
/// Who has not answered for a while is unreachable, who answers again is reachable. Heartbeats go to an address: where a process was restarted, and is
/// a member again, it answers for its former membership too.
/// </summary>
internal sealed class Heartbeats(World world, ModelledMembership self)
{
    /// <summary>As configured in hocon/akka.conf.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(3.2);

    private readonly Dictionary<Address, TimeSpan> _heard = [];

    /// <summary>Members that a process at their address has proved gone.</summary>
    private readonly HashSet<int> _terminated = [];

    private MembershipView View => self.View;

    /// <summary>Looks who answers.</summary>
    public void Reap()
    {
        var before = View.Gossip.UnreachableFrom(self.Uid);
        var unreachable = before;
        foreach (var (uid, member) in View.Gossip.Members)
        {
            if (uid == self.Uid)
                continue;
            var answers = world.ListeningAt(member.Address) is { IsMember: true } other && self.Knows(other) && world.Cables.CanAsk(self, other);
            if (answers && !_terminated.Contains(uid))
                unreachable = unreachable.Remove(uid);
            if (answers || !_heard.TryGetValue(member.Address, out var last))
                _heard[member.Address] = world.Loop.Now;
            else if (world.Loop.Now - last > s_pause)
                unreachable = unreachable.Add(uid);
        }

        if (!unreachable.SetEquals(before))
            View.Change(View.Gossip.Observe(self.Uid, unreachable));
    }

    /// <summary>Another membership begins at an address, or one has ended there.</summary>
    public void Forget(Address address) => _heard.Remove(address);

    /// <summary>A member's process is another one by now.</summary>
    /// <returns>The gossip that says so.</returns>
    public Gossip Terminate(int uid)
    {
        _terminated.Add(uid);
        return View.Gossip.Observe(self.Uid, View.Gossip.UnreachableFrom(self.Uid).Add(uid));
    }
}
