using Akka.Actor;
using Akka.Cluster;

namespace MoE.Host;

/// <summary>How often in a row each node has left a question unanswered, as a table without actors.</summary>
/// <param name="limit">Unanswered questions from which on a node is not heard any more.</param>
internal sealed class Contacts(int limit)
{
    /// <summary>Open questions to a node that was there a moment ago: the one just asked, and one whose answer is under way.</summary>
    private const int Lately = 2;

    private readonly Dictionary<UniqueAddress, Contact> _nodes = [];
    private readonly Dictionary<Address, int> _strangers = [];

    /// <summary>Notes a question to a member.</summary>
    public void Asked(UniqueAddress node)
    {
        var (unanswered, steady) = _nodes.GetValueOrDefault(node);
        unanswered = Math.Min(unanswered + 1, limit + 1);
        _nodes[node] = new Contact(unanswered, unanswered <= Lately ? Math.Min(steady + 1, limit) : 0);
    }

    /// <summary>Notes an answer of a member. One that comes when the node has been forgotten says nothing.</summary>
    public void Answered(UniqueAddress node)
    {
        if (_nodes.TryGetValue(node, out var contact))
            _nodes[node] = contact with { Unanswered = 0 };
    }

    /// <summary>Whether a node answers. Nodes that were never asked count as heard.</summary>
    public bool Hears(UniqueAddress node) => _nodes.GetValueOrDefault(node).Unanswered < limit;

    /// <summary>Whether a node has answered a moment ago: what is decided about others needs the word of now, not of a while ago.</summary>
    public bool HeardLately(UniqueAddress node) => _nodes.GetValueOrDefault(node).Unanswered <= Lately;

    /// <summary>Whether a node has answered for as long as one takes to notice that it does not: whoever else heard it before has given it up.</summary>
    public bool HeardSteadily(UniqueAddress node) => HeardLately(node) && _nodes.GetValueOrDefault(node).Steady >= limit;

    /// <summary>Notes whether, since the last question, the address of a configured seed answered as a member of another cluster.</summary>
    /// <param name="address">The seed's.</param>
    /// <param name="answered">Whether it answered so.</param>
    /// <param name="limits">How many times the limit it has to.</param>
    /// <returns>Whether it has done so often enough in a row to be believed: it will not join this one.</returns>
    public bool IsStranger(Address address, bool answered, int limits = 1) =>
        (_strangers[address] = answered ? _strangers.GetValueOrDefault(address) + 1 : 0) >= limits * limit;

    /// <summary>This node is no member: nobody is a stranger to it.</summary>
    public void ForgetStrangers() => _strangers.Clear();

    /// <summary>The node is asked no more, or anew after a while: what it left unanswered before is no part of a row any more.</summary>
    public void Forget(UniqueAddress node) => _nodes.Remove(node);

    /// <summary>What is known of a node; of one that was never asked, nothing.</summary>
    /// <param name="Unanswered">Questions in a row that it has left unanswered, at most one more than the limit.</param>
    /// <param name="Steady">Questions in a row at which it had answered lately, at most the limit.</param>
    private readonly record struct Contact(int Unanswered, int Steady);
}
