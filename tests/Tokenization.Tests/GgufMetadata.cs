using System.Text;

namespace MoE.Tokenization.Tests;

/// <summary>Reads the metadata of a GGUF file, as far as a tokenizer needs it.</summary>
internal sealed class GgufMetadata
{
    private readonly Dictionary<string, object> _values = [];

    private GgufMetadata(BinaryReader reader)
    {
        if (reader.ReadUInt32() != 0x46554747) throw new InvalidDataException("no GGUF file");
        reader.ReadUInt32();
        reader.ReadUInt64();
        var count = reader.ReadUInt64();
        for (var i = 0ul; i < count; i++)
        {
            var key = ReadText(reader);
            _values[key] = ReadValue(reader, reader.ReadUInt32());
        }
    }

    public static GgufVocabulary ReadVocabulary(string path)
    {
        using var stream = File.OpenRead(path);
        using var reader = new BinaryReader(stream);
        var metadata = new GgufMetadata(reader);
        return new GgufVocabulary
        {
            Model = metadata.Get<string>("model")!,
            Pre = metadata.Get<string>("pre"),
            Tokens = metadata.List<string>("tokens")!,
            Scores = metadata.List<float>("scores"),
            TokenTypes = metadata.List<int>("token_type"),
            Merges = metadata.List<string>("merges"),
            BosTokenId = metadata.Id("bos_token_id"),
            EosTokenId = metadata.Id("eos_token_id"),
            UnknownTokenId = metadata.Id("unknown_token_id"),
            AddBosToken = metadata.Get<object>("add_bos_token") as bool?,
            AddEosToken = metadata.Get<object>("add_eos_token") as bool?,
            AddSpacePrefix = metadata.Get<object>("add_space_prefix") as bool?,
        };
    }

    private T? Get<T>(string key) => _values.TryGetValue("tokenizer.ggml." + key, out var value) ? (T)value : default;

    private int? Id(string key) => Get<object>(key) is uint value ? (int)value : null;

    private T[]? List<T>(string key) => Get<object[]>(key) is { } items ? [.. items.Cast<T>()] : null;

    private static object ReadValue(BinaryReader reader, uint type) => type switch
    {
        0 => reader.ReadByte(),
        1 => reader.ReadSByte(),
        2 => reader.ReadUInt16(),
        3 => reader.ReadInt16(),
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => ReadText(reader),
        9 => ReadArray(reader),
        10 => reader.ReadUInt64(),
        11 => reader.ReadInt64(),
        12 => reader.ReadDouble(),
        _ => throw new InvalidDataException($"value type {type}"),
    };

    private static object[] ReadArray(BinaryReader reader)
    {
        var type = reader.ReadUInt32();
        var items = new object[reader.ReadUInt64()];
        for (var i = 0; i < items.Length; i++) items[i] = ReadValue(reader, type);
        return items;
    }

    private static string ReadText(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));
}
