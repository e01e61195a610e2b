using System.Text;

namespace MoE.Tokenization.Decoders;

/// <summary>The steps of a decoder in order.</summary>
internal sealed class TokenDecoder(IReadOnlyList<IDecoderStep> steps)
{
    /// <summary>A fresh chain that ends in <paramref name="sink"/>.</summary>
    public DecoderStage CreateChain(TextSink sink)
    {
        DecoderStage chain = sink;
        for (var i = steps.Count - 1; i >= 0; i--) chain = steps[i].CreateStage(chain);
        return chain;
    }

    public byte[] TokenBytes(string token)
    {
        foreach (var step in steps)
        {
            if (step.TokenBytes(ref token) is { } bytes) return bytes;
        }

        return Encoding.UTF8.GetBytes(token);
    }
}
