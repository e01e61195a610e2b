using System.Text;
using MoE.Tokenization;

namespace MoE.Http.Responses;

/// <summary>Tokens as logprobs show them.</summary>
internal static class TokenNames
{
    // OpenAI's stand-in for "never": JSON has no minus infinity.
    private const float Floor = -9999;

    /// <summary>The bytes' text; special tokens, which stand for no bytes, as the vocabulary spells them.</summary>
    public static string Text(Tokenizer tokenizer, int id)
    {
        var bytes = tokenizer.TokenBytes(id);
        return bytes.IsEmpty ? tokenizer.TokenText(id) : Encoding.UTF8.GetString(bytes.Span);
    }

    public static int[] Bytes(Tokenizer tokenizer, int id)
    {
        var bytes = tokenizer.TokenBytes(id);
        return bytes.IsEmpty ? Widen(Encoding.UTF8.GetBytes(tokenizer.TokenText(id))) : Widen(bytes.Span);
    }

    public static float Logprob(float value) => value > Floor ? value : Floor;

    private static int[] Widen(ReadOnlySpan<byte> bytes)
    {
        var wide = new int[bytes.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = bytes[i];
        return wide;
    }
}
