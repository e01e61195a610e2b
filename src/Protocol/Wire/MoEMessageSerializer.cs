using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace MoE.Protocol;

/// <summary>
/// Akka's serializer of every <see cref="IWireMessage"/>: compact binary, the same bytes for the same message. Whatever is
/// unknown, malformed or out of bounds is a <see cref="SerializationException"/>: Akka.Remote drops the message then, where
/// any other exception would tear the connection down.
/// </summary>
public sealed class MoEMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly MessageFormat[] s_formats =
        [.. NodeFormats.All, .. FrontFormats.All, .. LoadFormats.All, .. PublishFormats.All, .. StatusFormats.All, .. WeightsFormats.All];

    private static readonly FrozenDictionary<Type, MessageFormat> s_byType = s_formats.ToFrozenDictionary(format => format.Type);
    private static readonly FrozenDictionary<string, MessageFormat> s_byManifest = s_formats.ToFrozenDictionary(format => format.Manifest);

    /// <summary>Also in <c>akka.actor.serialization-identifiers</c>; never changes.</summary>
    public override int Identifier => 1701;

    public override string Manifest(object o) => FormatOf(o).Manifest;

    public override byte[] ToBinary(object obj)
    {
        var writer = new WireWriter();
        try
        {
            FormatOf(obj).Write(writer, (IWireMessage)obj);
        }
        catch (SerializationException exception)
        {
            throw new SerializationException($"{obj.GetType().Name}.{exception.Message}", exception);
        }

        return writer.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (manifest is null || !s_byManifest.TryGetValue(manifest, out var format))
            throw new SerializationException($"unknown manifest '{manifest}': the sender runs another release of moe");
        try
        {
            var reader = new WireReader(bytes ?? []);
            var message = format.Read(reader);
            reader.End();
            return message;
        }
        catch (SerializationException exception)
        {
            throw new SerializationException($"{manifest}: {exception.Message}", exception);
        }
    }

    private static MessageFormat FormatOf(object message) =>
        message is not null && s_byType.TryGetValue(message.GetType(), out var format)
            ? format
            : throw new SerializationException($"{message?.GetType().FullName ?? "null"} has no wire format");
}
