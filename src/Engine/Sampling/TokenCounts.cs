namespace MoE.Engine;

/// <summary>Which tokens a sequence has seen, for the penalties.</summary>
internal sealed class TokenCounts
{
    private readonly HashSet<int> _prompt;
    private readonly Dictionary<int, int> _output = [];

    public TokenCounts(ReadOnlySpan<int> prompt) => _prompt = [.. prompt];

    /// <summary>Distinct tokens of the output with their occurrences.</summary>
    public IReadOnlyDictionary<int, int> Output => _output;

    /// <summary>Distinct tokens of prompt and output.</summary>
    public IEnumerable<int> Seen => _prompt.Concat(_output.Keys.Where(id => !_prompt.Contains(id)));

    public void Add(int id) => _output[id] = _output.GetValueOrDefault(id) + 1;
}
