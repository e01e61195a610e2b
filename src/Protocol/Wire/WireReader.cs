using System.Runtime.Serialization;
using System.Text;

namespace MoE.Protocol;

/// <summary>
/// Reads the fields of a message. Every number is checked against its bound before it sizes anything, and there is one way to
/// write each value: whatever is read is written again as the same bytes.
/// </summary>
internal sealed class WireReader(byte[] bytes)
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int _position;
    private int _experts;

    private int Remaining => bytes.Length - _position;

    /// <exception cref="SerializationException">The number is truncated, overlong or above <paramref name="max"/>.</exception>
    public long Number(string field, long max = long.MaxValue)
    {
        ulong value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var next = Byte(field);
            value |= (ulong)(next & 0x7F) << shift;
            if ((next & 0x80) != 0)
                continue;
            if (next == 0 && shift > 0)
                throw new SerializationException($"{field}: an overlong number");
            return (long)value <= max ? (long)value : throw new SerializationException($"{field} = {value}: must be 0..{max}");
        }

        throw new SerializationException($"{field}: a number of more than 63 bits");
    }

    public int Int(string field, int max = int.MaxValue) => (int)Number(field, max);

    /// <summary>How many entries follow, each of at least <paramref name="minBytes"/>.</summary>
    public int Count(string field, int max, int minBytes)
    {
        var count = Int(field, max);
        return count <= Remaining / minBytes
            ? count
            : throw new SerializationException($"{field}: {count} entries in {Remaining} bytes");
    }

    public bool Bool(string field) => Int(field, 1) == 1;

    public string Text(string field, int maxBytes = WireLimits.MaxMessageBytes)
    {
        var length = Int(field, maxBytes);
        if (length > Remaining)
            throw new SerializationException($"{field}: {length} bytes, {Remaining} are left");
        try
        {
            var text = s_strict.GetString(bytes, _position, length);
            _position += length;
            return text;
        }
        catch (DecoderFallbackException)
        {
            throw new SerializationException($"{field}: not valid UTF-8");
        }
    }

    public NodeId Node(string field) => new(Text(field, NodeId.MaxBytes));

    /// <summary>Counts experts against the message's bound, before they take memory.</summary>
    public void TakeExperts(string field, int count)
    {
        if (count > WireLimits.MaxExperts - _experts)
            throw new SerializationException($"{field}: more than {WireLimits.MaxExperts} experts in one message");
        _experts += count;
    }

    /// <exception cref="SerializationException">Something follows the last field.</exception>
    public void End()
    {
        if (Remaining > 0)
            throw new SerializationException($"{Remaining} bytes after the last field");
    }

    private byte Byte(string field) =>
        Remaining > 0 ? bytes[_position++] : throw new SerializationException($"{field}: the message ends before it");
}
