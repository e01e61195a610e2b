namespace MoE.Model;

/// <summary>Which sequence and position each token of a batch is, in one stage's cache.</summary>
internal sealed class BatchPlan
{
    /// <summary>Tokens of a run: enough to share each load of keys, few enough that every thread gets runs.</summary>
    private const int RunTokens = 16;

    private readonly List<TokenRun> _runs = [];
    private readonly (KvSequence Sequence, int Position)[] _tokens;

    public BatchPlan(ForwardBatch batch, int stage)
    {
        _tokens = new (KvSequence, int)[batch.TokenCount];
        var token = 0;
        foreach (var chunk in batch.Chunks)
        {
            var sequence = chunk.Sequence.Stage(stage);
            for (var first = 0; first < chunk.TokenIds.Length; first += RunTokens)
                _runs.Add(new TokenRun(sequence, token + first, sequence.Length + first, Math.Min(RunTokens, chunk.TokenIds.Length - first)));
            for (var i = 0; i < chunk.TokenIds.Length; i++)
                _tokens[token++] = (sequence, sequence.Length + i);
            MaxPosition = Math.Max(MaxPosition, sequence.Length + chunk.TokenIds.Length - 1);
        }
    }

    public int MaxPosition { get; }

    /// <summary>The batch's tokens in runs of one sequence each.</summary>
    public IReadOnlyList<TokenRun> Runs => _runs;

    public (KvSequence Sequence, int Position) Token(int index) => _tokens[index];
}

/// <summary>Neighbouring tokens of one sequence.</summary>
/// <param name="Sequence">The sequence in the stage's cache.</param>
/// <param name="FirstToken">The first one's place in the batch.</param>
/// <param name="FirstPosition">Its position.</param>
/// <param name="Tokens">How many.</param>
internal readonly record struct TokenRun(KvSequence Sequence, int FirstToken, int FirstPosition, int Tokens);
