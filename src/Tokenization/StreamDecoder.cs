namespace MoE.Tokenization;

/// <summary>Decodes ids as they come. Not thread-safe.</summary>
public abstract class StreamDecoder
{
    /// <summary>Takes an id; returns the text that is now certain, often one piece, sometimes empty.</summary>
    public abstract string Add(int id);

    /// <summary>The rest, with incomplete bytes as U+FFFD.</summary>
    public abstract string Finish();
}
