namespace MoE.Tokenization.PreTokenizers;

/// <summary>Splits pieces further, and may rewrite them.</summary>
internal interface IPreTokenizer
{
    /// <summary>Goes through the pieces as they are asked for, so that a long text takes little more memory than its own.</summary>
    /// <returns>The pieces in order, none empty; each is good until the next is asked for.</returns>
    IEnumerable<Piece> Split(IEnumerable<Piece> pieces);
}
