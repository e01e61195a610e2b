namespace MoE.Tokenization.PreTokenizers;

/// <summary>A stretch of text that the model sees alone.</summary>
/// <param name="Text">Well-formed UTF-16, not empty.</param>
/// <param name="AtStart">Whether it begins where the whole text begins.</param>
internal readonly record struct Piece(ReadOnlyMemory<char> Text, bool AtStart)
{
    public Piece Slice(int start, int end) => new(Text[start..end], AtStart && start == 0);
}
