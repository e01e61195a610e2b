namespace MoE.Protocol;

/// <summary>How one type of message is written and read. A change of the bytes is a new manifest.</summary>
internal sealed record MessageFormat(
    string Manifest, Type Type, Action<WireWriter, IWireMessage> Write, Func<WireReader, IWireMessage> Read)
{
    public static MessageFormat Of<T>(string manifest, Action<WireWriter, T> write, Func<WireReader, T> read)
        where T : class, IWireMessage =>
        new(manifest, typeof(T), (writer, message) => write(writer, (T)message), read);
}
