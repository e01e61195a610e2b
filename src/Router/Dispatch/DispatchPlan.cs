using System.Collections.Immutable;
using MoE.Gating;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>Which rows of a routed batch go to which node: pure, made once per dispatch.</summary>
internal sealed class DispatchPlan
{
    private readonly (int Node, int Row)[] _placeOfPair;

    private DispatchPlan(
        TokenRouting routing, TokenPermutation permutation, NodePlan[] nodes, (int, int)[] placeOfPair, List<ExpertId> missing)
    {
        Routing = routing;
        Permutation = permutation;
        Nodes = nodes;
        _placeOfPair = placeOfPair;
        Missing = missing;
    }

    public TokenRouting Routing { get; }

    public TokenPermutation Permutation { get; }

    /// <summary>One entry a node that gets rows.</summary>
    public IReadOnlyList<NodePlan> Nodes { get; }

    /// <summary>Experts that no reachable node holds; if there are any, nothing may be sent.</summary>
    public IReadOnlyList<ExpertId> Missing { get; }

    /// <summary>The node (index in <see cref="Nodes"/>) that computes a pair, and the row of its answer.</summary>
    public (int Node, int Row) PlaceOf(int pair) => _placeOfPair[pair];

    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="routing">The decision.</param>
    /// <param name="numExperts">E.</param>
    /// <param name="replicas">Reachable holders of an expert, primary first, possibly none.</param>
    /// <param name="policy">Chooses among them.</param>
    public static DispatchPlan Make(
        int layer, TokenRouting routing, int numExperts, Func<ExpertId, ImmutableArray<NodeId>> replicas, IReplicaSelectionPolicy policy)
    {
        var permutation = TokenPermutation.Of(routing, numExperts);
        var groupsOfNode = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        var missing = new List<ExpertId>();
        for (var group = 0; group < permutation.Experts.Length; group++)
        {
            var expert = new ExpertId(layer, permutation.Experts[group]);
            var holders = replicas(expert);
            if (holders.IsEmpty)
            {
                missing.Add(expert);
                continue;
            }

            var node = policy.Select(expert, holders).Value;
            if (!groupsOfNode.TryGetValue(node, out var groups))
                groupsOfNode.Add(node, groups = []);
            groups.Add(group);
        }

        var placeOfPair = new (int, int)[permutation.Tokens.Length];
        var nodes = new List<NodePlan>(groupsOfNode.Count);
        foreach (var (node, groups) in groupsOfNode)
            nodes.Add(PlanNode(new NodeId(node), nodes.Count, groups, routing.Tokens, permutation, placeOfPair));
        return new DispatchPlan(routing, permutation, [.. nodes], placeOfPair, missing);
    }

    private static NodePlan PlanNode(
        NodeId node, int index, List<int> groups, int tokenCount, TokenPermutation permutation, (int, int)[] placeOfPair)
    {
        var tokens = TokensOf(groups, tokenCount, permutation);
        var rowOfToken = new int[tokenCount];
        for (var row = 0; row < tokens.Length; row++)
            rowOfToken[tokens[row]] = row;

        var experts = new ExpertRows[groups.Count];
        var answerRows = 0;
        for (var i = 0; i < experts.Length; i++)
        {
            var expertTokens = permutation.TokensOf(groups[i]);
            var rows = new int[expertTokens.Length];
            for (var j = 0; j < rows.Length; j++)
            {
                rows[j] = rowOfToken[expertTokens[j]];
                placeOfPair[permutation.FirstPair(groups[i]) + j] = (index, answerRows++);
            }

            experts[i] = new ExpertRows(permutation.Experts[groups[i]], rows);
        }

        return new NodePlan(node, tokens, experts, answerRows);
    }

    /// <summary>Tokens that any of the groups needs, ascending, each once.</summary>
    private static int[] TokensOf(List<int> groups, int tokenCount, TokenPermutation permutation)
    {
        var wanted = new bool[tokenCount];
        var count = 0;
        foreach (var group in groups)
        {
            foreach (var token in permutation.TokensOf(group))
            {
                count += wanted[token] ? 0 : 1;
                wanted[token] = true;
            }
        }

        var tokens = new int[count];
        var next = 0;
        for (var token = 0; token < tokenCount; token++)
        {
            if (wanted[token])
                tokens[next++] = token;
        }

        return tokens;
    }
}

/// <summary>One node's part of a dispatch.</summary>
/// <param name="Node">The node.</param>
/// <param name="Tokens">Tokens whose rows it gets, ascending.</param>
/// <param name="Experts">Its experts and, for each, indices into <paramref name="Tokens"/>.</param>
/// <param name="AnswerRows">Rows of its contribution.</param>
internal sealed record NodePlan(NodeId Node, int[] Tokens, ExpertRows[] Experts, int AnswerRows)
{
    public IEnumerable<ExpertId> ExpertIds(int layer) => Experts.Select(rows => new ExpertId(layer, rows.Expert));
}
