namespace MoE.Tokenization.PreTokenizers;

/// <summary>Splits pieces further, and may rewrite them.</summary>
internal interface IPreTokenizer
{
    /// <returns>The pieces in order, none empty.</returns>
    List<Piece> Split(List<Piece> pieces);
}
