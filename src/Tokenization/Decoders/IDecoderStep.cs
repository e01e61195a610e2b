namespace MoE.Tokenization.Decoders;

/// <summary>One part of a decoder, as Hugging Face's <c>decoder</c> lists them.</summary>
internal interface IDecoderStep
{
    /// <summary>A fresh stage that rewrites one stream's tokens and hands them on.</summary>
    DecoderStage CreateStage(DecoderStage next);

    /// <summary>What the step makes of a token inside a text.</summary>
    /// <param name="token">The token, which the step may rewrite.</param>
    /// <returns>The token's bytes where the step settles them, else null.</returns>
    byte[]? TokenBytes(ref string token) => null;
}

/// <summary>A step at work on one stream. State is bounded.</summary>
internal abstract class DecoderStage
{
    public abstract void Push(string token);

    /// <summary>Hands on what was held back, then finishes the next stage.</summary>
    public abstract void Finish();
}
