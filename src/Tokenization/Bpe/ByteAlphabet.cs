using System.Text;

namespace MoE.Tokenization.Bpe;

/// <summary>GPT-2's printable spelling of bytes: printable Latin-1 stands for itself, the 68 others for U+0100 and on.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_chars = CreateChars();
    private static readonly short[] s_bytes = CreateBytes();

    public static char ToChar(byte value) => s_chars[value];

    /// <summary>The bytes that a token spells; the UTF-8 of the token itself where one of its characters is not of the alphabet.</summary>
    public static byte[] ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            var value = token[i] < s_bytes.Length ? s_bytes[token[i]] : (short)-1;
            if (value < 0) return Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static char[] CreateChars()
    {
        var chars = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[b] = printable ? (char)b : (char)next++;
        }

        return chars;
    }

    private static short[] CreateBytes()
    {
        var bytes = new short[s_chars.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var b = 0; b < 256; b++) bytes[s_chars[b]] = (short)b;
        return bytes;
    }
}
