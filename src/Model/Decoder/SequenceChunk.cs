namespace MoE.Model;

/// <summary>The next tokens of one sequence: a whole prompt, a piece of one, or one generated token.</summary>
/// <param name="Sequence">The sequence; its length is the chunk's first position.</param>
/// <param name="TokenIds">At least one id, each inside the vocabulary.</param>
/// <param name="Logits">Which positions' logits are wanted.</param>
public sealed record SequenceChunk(DecoderSequence Sequence, ReadOnlyMemory<int> TokenIds, LogitsWanted Logits);

/// <summary>Positions of a chunk whose logits are computed; the head is the dearest product, and most positions need none.</summary>
public enum LogitsWanted
{
    None,
    Last,
    All,
}

/// <summary>What <see cref="LogitsWanted"/> comes to.</summary>
public static class LogitsWantedRows
{
    /// <summary>Rows of logits that a chunk of <paramref name="tokens"/> yields.</summary>
    public static int Rows(this LogitsWanted wanted, int tokens) => wanted switch
    {
        LogitsWanted.None => 0,
        LogitsWanted.Last => 1,
        _ => tokens,
    };
}
