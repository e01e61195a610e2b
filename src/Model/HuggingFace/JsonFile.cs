using System.Text.Json;

namespace MoE.Model;

/// <summary>Reads the small files of a model's directory, bounded.</summary>
internal static class JsonFile
{
    private const long MaxBytes = 64L << 20;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 64 };

    /// <exception cref="ModelFormatException">The file is too long or no JSON.</exception>
    public static JsonDocument Read(string path)
    {
        JsonDocument? json = null;
        try
        {
            json = JsonDocument.Parse(Bytes(path, MaxBytes), s_options);
            Decode(json.RootElement);
            return json;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            json?.Dispose();
            throw new ModelFormatException($"{path}: no valid JSON: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>The parser looks at no text before it is asked for: bytes that are no UTF-8, or half a surrogate pair, show here.</summary>
    private static void Decode(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Decode(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var entry in element.EnumerateArray())
                    Decode(entry);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            default:
                break;
        }
    }

    /// <summary>As <see cref="Read"/>, or null where there is no such file.</summary>
    public static JsonDocument? ReadIfPresent(string path) => File.Exists(path) ? Read(path) : null;

    /// <exception cref="ModelFormatException">The file is missing or longer than <paramref name="maxBytes"/>.</exception>
    public static byte[] Bytes(string path, long maxBytes)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > maxBytes)
                throw new ModelFormatException($"{path}: the file has {stream.Length} bytes; at most {maxBytes} are allowed");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelFormatException($"{path}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
