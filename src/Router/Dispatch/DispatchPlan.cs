using System.Collections.Immutable;
using MoE.Gating;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>Which of some expert groups go to which node: pure, made once for a dispatch and once more for whatever it sends again.</summary>
internal static class DispatchPlan
{
    /// <summary>Shares groups out among the nodes that can compute them.</summary>
    /// <param name="groups">Indices into the permutation's experts, ascending.</param>
    /// <param name="permutation">The routed batch.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="candidates">Nodes for a group, most preferred first; empty where there is none at the moment.</param>
    /// <param name="policy">Chooses among them.</param>
    /// <param name="costs">What a row costs on a node.</param>
    /// <returns>Groups by node, by name; and those that nobody can compute.</returns>
    public static (IReadOnlyList<(NodeId Node, int[] Groups)> Assigned, IReadOnlyList<int> Homeless) Make(
        IReadOnlyList<int> groups, TokenPermutation permutation, int layer, Func<int, ImmutableArray<NodeId>> candidates,
        IReplicaSelectionPolicy policy, IRowCosts costs)
    {
        var load = new NodeLoads(costs);
        var homeless = new List<int>();
        var open = new List<(int Group, ImmutableArray<NodeId> Nodes)>();
        var groupsOf = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var nodes = candidates(group);
            if (nodes.IsEmpty)
                homeless.Add(group);
            else if (nodes.Length == 1)
                Give(group, nodes[0]);
            else
                open.Add((group, nodes));
        }

        // The heaviest first: what is placed last can still even out what came before.
        open.Sort((a, b) => (permutation.TokensOf(b.Group).Length, a.Group).CompareTo((permutation.TokensOf(a.Group).Length, b.Group)));
        foreach (var (group, nodes) in open)
            Give(group, policy.Select(new ExpertId(layer, permutation.Experts[group]), permutation.TokensOf(group).Length, nodes, load));
        return ([.. groupsOf.Select(pair => (new NodeId(pair.Key), pair.Value.Order().ToArray()))], homeless);

        void Give(int group, NodeId node)
        {
            load.Add(node, permutation.TokensOf(group).Length);
            if (!groupsOf.TryGetValue(node.Value, out var given))
                groupsOf.Add(node.Value, given = []);
            given.Add(group);
        }
    }

    /// <summary>The tokens whose rows some groups need, ascending, each once, and each expert's rows among them.</summary>
    public static (int[] Tokens, ExpertRows[] Experts, int AnswerRows) Rows(ReadOnlySpan<int> groups, int tokenCount, TokenPermutation permutation)
    {
        var rowOfToken = new int[tokenCount];
        foreach (var group in groups)
        {
            foreach (var token in permutation.TokensOf(group))
                rowOfToken[token] = 1;
        }

        var count = 0;
        foreach (var wanted in rowOfToken)
            count += wanted;
        var tokens = new int[count];
        var next = 0;
        for (var token = 0; token < tokenCount; token++)
        {
            if (rowOfToken[token] == 0)
                continue;
            tokens[next] = token;
            rowOfToken[token] = next++;
        }

        var experts = new ExpertRows[groups.Length];
        var answerRows = 0;
        for (var i = 0; i < experts.Length; i++)
        {
            var expertTokens = permutation.TokensOf(groups[i]);
            var rows = new int[expertTokens.Length];
            for (var j = 0; j < rows.Length; j++)
                rows[j] = rowOfToken[expertTokens[j]];
            experts[i] = new ExpertRows(permutation.Experts[groups[i]], rows);
            answerRows += rows.Length;
        }

        return (tokens, experts, answerRows);
    }
}
