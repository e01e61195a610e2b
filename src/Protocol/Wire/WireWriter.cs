using System.Buffers;
using System.Runtime.Serialization;
using System.Text;

namespace MoE.Protocol;

/// <summary>
/// Writes the fields of a message: unsigned LEB128 numbers, UTF-8 with a length before it. Refuses what
/// <see cref="WireReader"/> would refuse, so that the error shows where the value was made.
/// </summary>
internal sealed class WireWriter
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private int _experts;

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    /// <summary>A number that is never negative.</summary>
    public void Number(string field, long value, long max = long.MaxValue)
    {
        if (value < 0 || value > max)
            throw new SerializationException($"{field} = {value}: must be 0..{max}");
        var rest = (ulong)value;
        while (rest >= 0x80)
        {
            Byte((byte)(rest | 0x80));
            rest >>= 7;
        }

        Byte((byte)rest);
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>A name: whole or not at all.</summary>
    public void Name(string field, string? value, int maxBytes)
    {
        byte[] bytes;
        try
        {
            bytes = s_strict.GetBytes(value ?? throw new SerializationException($"{field} is missing"));
        }
        catch (EncoderFallbackException)
        {
            throw new SerializationException($"{field}: not valid Unicode");
        }

        if (bytes.Length > maxBytes)
            throw new SerializationException($"{field}: {bytes.Length} bytes, at most {maxBytes}");
        Bytes(bytes);
    }

    public void Node(string field, NodeId node) => Name(field, node.Value, NodeId.MaxBytes);

    /// <summary>What people read: cut at the bound, between two characters.</summary>
    public void Text(string? value, int maxBytes = WireLimits.MaxMessageBytes) => Bytes(WireText.Utf8(value ?? "", maxBytes));

    /// <summary>Counts experts against the message's bound.</summary>
    public void TakeExperts(int count)
    {
        _experts += count;
        if (_experts > WireLimits.MaxExperts)
            throw new SerializationException($"{_experts} experts in one message, at most {WireLimits.MaxExperts}");
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number("length", bytes.Length);
        _buffer.Write(bytes);
    }

    private void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }
}
