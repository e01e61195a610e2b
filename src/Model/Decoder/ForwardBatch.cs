namespace MoE.Model;

/// <summary>Chunks of several sequences that go through the layers together. A sequence occurs at most once.</summary>
public sealed class ForwardBatch
{
    private readonly SequenceChunk[] _chunks;

    /// <param name="chunks">At least one.</param>
    /// <param name="observer">Sees every routing decision, or null.</param>
    public ForwardBatch(IReadOnlyList<SequenceChunk> chunks, IRoutingObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        _chunks = [.. chunks];
        Observer = observer;
        foreach (var chunk in _chunks)
        {
            if (chunk.TokenIds.IsEmpty)
                throw new ArgumentException("a chunk has no tokens", nameof(chunks));
            TokenCount += chunk.TokenIds.Length;
            LogitRows += chunk.Logits.Rows(chunk.TokenIds.Length);
        }
    }

    public ReadOnlySpan<SequenceChunk> Chunks => _chunks;

    public IRoutingObserver? Observer { get; }

    /// <summary>T: all chunks' tokens.</summary>
    public int TokenCount { get; }

    /// <summary>Rows of logits that the batch yields, chunk by chunk.</summary>
    public int LogitRows { get; }
}
