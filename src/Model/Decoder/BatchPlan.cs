namespace MoE.Model;

/// <summary>Which sequence and position each token of a batch is, in one stage's cache.</summary>
internal sealed class BatchPlan
{
    private readonly (KvSequence Sequence, int Position)[] _tokens;

    public BatchPlan(ForwardBatch batch, int stage)
    {
        _tokens = new (KvSequence, int)[batch.TokenCount];
        var token = 0;
        foreach (var chunk in batch.Chunks)
        {
            var sequence = chunk.Sequence.Stage(stage);
            for (var i = 0; i < chunk.TokenIds.Length; i++)
                _tokens[token++] = (sequence, sequence.Length + i);
            MaxPosition = Math.Max(MaxPosition, sequence.Length + chunk.TokenIds.Length - 1);
        }
    }

    public int MaxPosition { get; }

    public (KvSequence Sequence, int Position) Token(int index) => _tokens[index];
}
