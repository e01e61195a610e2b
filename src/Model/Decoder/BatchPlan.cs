namespace MoE.Model;

/// <summary>Which sequence and position each token of a batch is, in one stage's cache. One batch after the other; buffers only grow.</summary>
internal sealed class BatchPlan
{
    /// <summary>Tokens of a run: enough to share each load of keys, few enough that every thread gets runs.</summary>
    private const int RunTokens = 16;

    private readonly List<TokenRun> _runs = [];
    private readonly List<(KvSequence Sequence, int Position)> _tokens = [];

    /// <summary>Plans tokens [first, first + count) of another batch; places count from its first one.</summary>
    /// <param name="batch">The batch; its sequences have room for it.</param>
    /// <param name="stage">The stage's place in the model's list.</param>
    /// <param name="first">The first token's place in the batch.</param>
    /// <param name="count">Tokens.</param>
    public void Reset(ForwardBatch batch, int stage, int first, int count)
    {
        _runs.Clear();
        _tokens.Clear();
        MaxPosition = 0;
        var before = 0;
        foreach (var chunk in batch.Chunks)
        {
            var length = chunk.TokenIds.Length;
            var start = Math.Clamp(first - before, 0, length);
            var end = Math.Clamp(first + count - before, 0, length);
            if (start < end)
                Add(chunk.Sequence.Stage(stage), start, end);
            before += length;
        }
    }

    public int MaxPosition { get; private set; }

    /// <summary>The batch's tokens in runs of one sequence each.</summary>
    public IReadOnlyList<TokenRun> Runs => _runs;

    public (KvSequence Sequence, int Position) Token(int index) => _tokens[index];

    private void Add(KvSequence sequence, int start, int end)
    {
        for (var first = start; first < end; first += RunTokens)
            _runs.Add(new TokenRun(sequence, _tokens.Count + first - start, sequence.Length + first, Math.Min(RunTokens, end - first)));
        for (var i = start; i < end; i++)
            _tokens.Add((sequence, sequence.Length + i));
        MaxPosition = Math.Max(MaxPosition, sequence.Length + end - 1);
    }
}

/// <summary>Neighbouring tokens of one sequence.</summary>
/// <param name="Sequence">The sequence in the stage's cache.</param>
/// <param name="FirstToken">The first one's place in the batch.</param>
/// <param name="FirstPosition">Its position.</param>
/// <param name="Tokens">How many.</param>
internal readonly record struct TokenRun(KvSequence Sequence, int FirstToken, int FirstPosition, int Tokens);
