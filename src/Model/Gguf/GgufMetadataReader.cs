using System.Buffers.Binary;

namespace MoE.Model;

/// <summary>Reads the key-value pairs. An array's memory is bounded by the bytes that the file has for it.</summary>
internal static class GgufMetadataReader
{
    /// <exception cref="ModelFormatException">A key is empty or repeated, a type is unknown, or the file ends early.</exception>
    public static GgufMetadata Read(GgufReader reader, long count)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0L; i < count; i++)
        {
            var key = reader.String($"metadata key {i}", GgufLimits.KeyBytes);
            if (key.Length == 0)
                throw new ModelFormatException($"{reader.File}: metadata key {i} is empty; it needs at least 1 byte");
            var value = Value(reader, key, ValueType(reader, key));
            if (!values.TryAdd(key, value))
                throw new ModelFormatException($"{reader.File}: metadata key '{Shorten(key)}' occurs twice; keys must be unique");
        }

        return new GgufMetadata(reader.File, values);
    }

    private static GgufValueType ValueType(GgufReader reader, string key)
    {
        var type = reader.UInt32($"the type of {Shorten(key)}");
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw new ModelFormatException($"{reader.File}: {Shorten(key)} has value type {type}; 0 to {(uint)GgufValueType.Float64} are known");
    }

    private static object Value(GgufReader reader, string key, GgufValueType type)
    {
        if (reader.Position > GgufLimits.MetadataBytes)
            throw new ModelFormatException($"{reader.File}: {Shorten(key)} lies at offset {reader.Position}; the metadata has at most {GgufLimits.MetadataBytes} bytes");
        if (type == GgufValueType.String)
            return reader.String(Shorten(key), GgufLimits.StringBytes);
        if (type == GgufValueType.Array)
            return ArrayValue(reader, key);
        return Scalar(reader.Bytes(Size(type), Shorten(key)), reader.File, key, type);
    }

    private static object Scalar(ReadOnlySpan<byte> bytes, string file, string key, GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => bytes[0],
        GgufValueType.Int8 => (sbyte)bytes[0],
        GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        GgufValueType.Bool => bytes[0] <= 1
            ? bytes[0] == 1
            : throw new ModelFormatException($"{file}: {Shorten(key)} is the bool {bytes[0]}; 0 or 1 is allowed"),
        GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };

    private static Array ArrayValue(GgufReader reader, string key)
    {
        var type = ValueType(reader, key);
        if (type == GgufValueType.Array)
            throw new ModelFormatException($"{reader.File}: {Shorten(key)} is an array of arrays; nested arrays are not supported");
        var count = (int)reader.Count($"the length of {Shorten(key)}", GgufLimits.ArrayElements, type == GgufValueType.String ? 8 : Size(type));
        return type switch
        {
            GgufValueType.UInt8 => Fill<byte>(reader, key, type, count),
            GgufValueType.Int8 => Fill<sbyte>(reader, key, type, count),
            GgufValueType.UInt16 => Fill<ushort>(reader, key, type, count),
            GgufValueType.Int16 => Fill<short>(reader, key, type, count),
            GgufValueType.UInt32 => Fill<uint>(reader, key, type, count),
            GgufValueType.Int32 => Fill<int>(reader, key, type, count),
            GgufValueType.Float32 => Fill<float>(reader, key, type, count),
            GgufValueType.Bool => Fill<bool>(reader, key, type, count),
            GgufValueType.String => Fill<string>(reader, key, type, count),
            GgufValueType.UInt64 => Fill<ulong>(reader, key, type, count),
            GgufValueType.Int64 => Fill<long>(reader, key, type, count),
            _ => Fill<double>(reader, key, type, count),
        };
    }

    private static T[] Fill<T>(GgufReader reader, string key, GgufValueType type, int count)
    {
        var array = new T[count];
        for (var i = 0; i < count; i++)
            array[i] = (T)Value(reader, key, type);
        return array;
    }

    private static int Size(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Errors stay one readable line whatever the file calls its keys.</summary>
    private static string Shorten(string key) => Names.Printable(key);
}
