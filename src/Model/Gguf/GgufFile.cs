using MoE.Kernels;

namespace MoE.Model;

/// <summary>One mapped GGUF file: metadata and tensor infos, checked against the file's length.</summary>
internal sealed class GgufFile : IDisposable
{
    private const string AlignmentKey = "general.alignment";
    private const int DefaultAlignmentBytes = 32;

    private GgufFile(string path, WeightMemory memory)
    {
        Path = path;
        Memory = memory;
        var reader = new GgufReader(memory, path);
        var header = GgufHeader.Read(reader);
        Metadata = GgufMetadataReader.Read(reader, header.MetadataCount);
        var tensors = new List<GgufTensorInfo>((int)header.TensorCount);
        for (var i = 0L; i < header.TensorCount; i++)
            tensors.Add(GgufTensorInfo.Read(reader, i));
        Tensors = tensors;
        var alignment = Alignment();
        HeaderBytes = reader.Position;
        DataOffset = (reader.Position + alignment - 1) / alignment * alignment;
        CheckLayout(alignment);
    }

    public string Path { get; }

    public WeightMemory Memory { get; }

    public GgufMetadata Metadata { get; }

    /// <summary>In file order.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Bytes before the data section's padding.</summary>
    public long HeaderBytes { get; }

    /// <summary>Where the data section starts.</summary>
    public long DataOffset { get; }

    /// <exception cref="ModelFormatException">The file cannot be read or is not what it must be.</exception>
    public static GgufFile Open(string path)
    {
        var memory = MappedFile.Open(path);
        try
        {
            return new GgufFile(path, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public void Dispose() => Memory.Dispose();

    private int Alignment()
    {
        var alignment = Metadata.Int(AlignmentKey, 8, GgufLimits.AlignmentBytes) ?? DefaultAlignmentBytes;
        return int.IsPow2(alignment)
            ? alignment
            : throw new ModelFormatException($"{Path}: {AlignmentKey} is {alignment}; it must be a power of two from 8");
    }

    private void CheckLayout(int alignment)
    {
        GgufTensorInfo? previous = null;
        foreach (var tensor in Tensors.OrderBy(tensor => tensor.Offset))
        {
            var name = Names.Printable(tensor.Name);
            if (tensor.Offset % alignment != 0)
                throw new ModelFormatException($"{Path}: tensor '{name}' has offset {tensor.Offset}; it must be a multiple of {alignment}");
            if (tensor.Bytes > Memory.Length - DataOffset - tensor.Offset)
            {
                throw new ModelFormatException(
                    $"{Path}: tensor '{name}' needs {tensor.Bytes} bytes at {DataOffset + tensor.Offset}; the file ends at {Memory.Length}");
            }

            if (previous is not null && tensor.Offset < previous.Offset + previous.Bytes)
            {
                throw new ModelFormatException(
                    $"{Path}: tensor '{name}' has offset {tensor.Offset}, inside '{Names.Printable(previous.Name)}', which ends at {previous.Offset + previous.Bytes}");
            }

            previous = tensor;
        }
    }
}
