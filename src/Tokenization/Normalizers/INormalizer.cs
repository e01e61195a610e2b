namespace MoE.Tokenization.Normalizers;

/// <summary>Rewrites a stretch of text between added tokens before it is split.</summary>
internal interface INormalizer
{
    /// <param name="text">Well-formed UTF-16.</param>
    string Normalize(string text);
}
