using System.Text.Json;

namespace MoE.Model;

/// <summary>
/// Reads the JSON header (huggingface/safetensors, README "Format"): names to dtype, shape and byte range. Ranges must cover
/// the data without holes or overlaps, and match shape and dtype.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The reference implementation's bound.</summary>
    public const long MaxBytes = 100_000_000;

    private const int MaxTensors = 1 << 20;
    private const int MaxDimensions = 8;
    private const int MaxNameCharacters = 1024;

    /// <param name="file">For errors.</param>
    /// <param name="json">The header.</param>
    /// <param name="dataOffset">Where the data starts in the file.</param>
    /// <param name="fileBytes">The file's length.</param>
    /// <returns>In the order of the data.</returns>
    /// <exception cref="ModelFormatException">One line that names the file and the tensor.</exception>
    public static List<SafetensorsTensor> Read(string file, ReadOnlySpan<byte> json, long dataOffset, long fileBytes)
    {
        var tensors = new List<SafetensorsTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        try
        {
            Expect(ref reader, JsonTokenType.StartObject, file, "the header");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (name.Length is 0 or > MaxNameCharacters)
                    throw new ModelFormatException($"{file}: a tensor's name has {name.Length} characters; 1 to {MaxNameCharacters} are allowed");
                if (!names.Add(name))
                    throw new ModelFormatException($"{file}: tensor '{Names.Printable(name)}' is declared twice");
                if (tensors.Count == MaxTensors)
                    throw new ModelFormatException($"{file}: the header declares more than {MaxTensors} tensors");
                if (name == "__metadata__")
                {
                    reader.Read();
                    reader.Skip();
                    continue;
                }

                tensors.Add(Tensor(ref reader, file, name, dataOffset, fileBytes));
            }

            // Reads on to the end: blanks may follow the object, anything else throws.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException($"{file}: the header is no JSON as safetensors write it: {e.Message.ReplaceLineEndings(" ")}", e);
        }

        // One without values starts where the next one does.
        tensors.Sort((left, right) => (left.Offset, left.Bytes).CompareTo((right.Offset, right.Bytes)));
        CheckCover(file, tensors, dataOffset, fileBytes);
        return tensors;
    }

    private static SafetensorsTensor Tensor(ref Utf8JsonReader reader, string file, string name, long dataOffset, long fileBytes)
    {
        var shown = Names.Printable(name);
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, file, $"tensor '{shown}'");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            switch (field)
            {
                case "dtype":
                    dtype = reader.GetString();
                    break;
                case "shape":
                    shape = Numbers(ref reader, file, $"the shape of tensor '{shown}'", MaxDimensions);
                    break;
                case "data_offsets":
                    offsets = Numbers(ref reader, file, $"data_offsets of tensor '{shown}'", 2);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is not { Length: 2 })
            throw new ModelFormatException($"{file}: tensor '{shown}' lacks its {(dtype is null ? "dtype" : shape is null ? "shape" : "two data_offsets")}");
        var expected = Size(file, shown, dtype, shape);
        if (offsets[1] < offsets[0] || offsets[1] > fileBytes - dataOffset)
        {
            throw new ModelFormatException(
                $"{file}: tensor '{shown}' has data_offsets [{offsets[0]}, {offsets[1]}]; the data has {fileBytes - dataOffset} bytes");
        }

        return offsets[1] - offsets[0] == expected
            ? new SafetensorsTensor(name, dtype, shape, dataOffset + offsets[0], expected)
            : throw new ModelFormatException(
                $"{file}: tensor '{shown}' has {offsets[1] - offsets[0]} bytes; {dtype} [{string.Join(", ", shape)}] needs {expected}");
    }

    private static long Size(string file, string tensor, string dtype, long[] shape)
    {
        var bytes = (long)SafetensorsDType.Bytes(dtype);
        if (bytes == 0)
            throw new ModelFormatException($"{file}: tensor '{tensor}' has dtype '{Names.Printable(dtype)}'; it is none of the format's that are known here");
        foreach (var length in shape)
        {
            if (length > 0 && bytes > long.MaxValue / length)
                throw new ModelFormatException($"{file}: tensor '{tensor}' has shape [{string.Join(", ", shape)}], more than 2^63 bytes");
            bytes *= length;
        }

        return bytes;
    }

    private static long[] Numbers(ref Utf8JsonReader reader, string file, string field, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new ModelFormatException($"{file}: {field} is no array");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw new ModelFormatException($"{file}: {field} holds something that is no number of 0 to 2^63 - 1");
            if (numbers.Count == most)
                throw new ModelFormatException($"{file}: {field} has more than {most} numbers");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string file, string what)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new ModelFormatException($"{file}: {what} is no JSON object");
    }

    private static void CheckCover(string file, List<SafetensorsTensor> tensors, long dataOffset, long fileBytes)
    {
        var end = dataOffset;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != end)
            {
                throw new ModelFormatException(
                    $"{file}: tensor '{Names.Printable(tensor.Name)}' starts at byte {tensor.Offset - dataOffset} of the data, "
                    + $"{(tensor.Offset < end ? "inside the one before it, which ends" : "after a hole; the one before it ends")} at {end - dataOffset}");
            }

            end += tensor.Bytes;
        }

        if (end != fileBytes)
            throw new ModelFormatException($"{file}: the tensors end at byte {end}; the file has {fileBytes}");
    }
}
