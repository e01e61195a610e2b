using System.Text;

namespace MoE.Protocol;

/// <summary>Texts that people read, as they travel.</summary>
public static class WireText
{
    /// <summary>UTF-8, cut at <paramref name="maxBytes"/> between two characters.</summary>
    public static ReadOnlySpan<byte> Utf8(string text, int maxBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = Math.Min(bytes.Length, maxBytes);
        while (length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
            length--;
        return bytes.AsSpan(0, length);
    }
}
