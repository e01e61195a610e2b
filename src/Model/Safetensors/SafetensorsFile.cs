using System.Buffers.Binary;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>One mapped safetensors file: its tensors by name.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;

    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFile(string path, WeightMemory memory)
    {
        Path = path;
        Memory = memory;
        if (memory.Length < LengthBytes)
            throw new ModelFormatException($"{path}: the file has {memory.Length} bytes; a safetensors file starts with {LengthBytes} bytes of header length");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(memory.Slice(0, LengthBytes));
        if (length > SafetensorsHeader.MaxBytes)
            throw new ModelFormatException($"{path}: the header has a length of {length} bytes; at most {SafetensorsHeader.MaxBytes} are allowed");
        if ((long)length > memory.Length - LengthBytes)
            throw new ModelFormatException($"{path}: the header has a length of {length} bytes; only {memory.Length - LengthBytes} follow");
        HeaderBytes = LengthBytes + (long)length;
        Tensors = SafetensorsHeader.Read(path, memory.Slice(LengthBytes, (int)length), HeaderBytes, memory.Length);
        _byName = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>What the user named.</summary>
    public string Path { get; }

    internal WeightMemory Memory { get; }

    internal long HeaderBytes { get; }

    /// <summary>In the order of the data.</summary>
    internal IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Maps the file and checks its header.</summary>
    /// <exception cref="ModelFormatException">One line that names the file, the tensor and the bound.</exception>
    public static SafetensorsFile Open(string path)
    {
        var memory = MappedFile.Open(path);
        try
        {
            return new SafetensorsFile(path, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>A tensor of F32, F16 or BF16 as f32, flattened.</summary>
    /// <exception cref="ModelFormatException">It is missing, or of another type.</exception>
    public float[] ReadFloats(string name)
    {
        var tensor = Find(name);
        var type = SafetensorsDType.WeightType(tensor.DType)
            ?? throw new ModelFormatException($"{Path}: tensor '{name}' has dtype {tensor.DType}; F32, F16 or BF16 is needed");
        var bytes = Bytes(tensor);
        var values = new float[bytes.Length / SafetensorsDType.Bytes(tensor.DType)];
        Dequantize.Row(type, bytes, values);
        return values;
    }

    /// <summary>A tensor of I32 or I64 whose values fit 32 bits, flattened.</summary>
    /// <exception cref="ModelFormatException">It is missing, of another type, or a value does not fit.</exception>
    public int[] ReadInts(string name)
    {
        var tensor = Find(name);
        var bytes = Bytes(tensor);
        var size = tensor.DType switch
        {
            "I32" => sizeof(int),
            "I64" => sizeof(long),
            _ => throw new ModelFormatException($"{Path}: tensor '{name}' has dtype {tensor.DType}; I32 or I64 is needed"),
        };
        var values = new int[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
        {
            var element = bytes.Slice(i * size, size);
            var value = size == sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(element) : BinaryPrimitives.ReadInt64LittleEndian(element);
            if (value is < int.MinValue or > int.MaxValue)
                throw new ModelFormatException($"{Path}: tensor '{name}' holds {value}; {int.MinValue} to {int.MaxValue} is allowed");
            values[i] = (int)value;
        }

        return values;
    }

    public void Dispose() => Memory.Dispose();

    private SafetensorsTensor Find(string name) =>
        _byName.TryGetValue(name, out var tensor) ? tensor : throw new ModelFormatException($"{Path}: tensor '{name}' is missing");

    private ReadOnlySpan<byte> Bytes(SafetensorsTensor tensor) => tensor.Bytes <= Array.MaxLength
        ? Memory.Slice(tensor.Offset, (int)tensor.Bytes)
        : throw new ModelFormatException($"{Path}: tensor '{tensor.Name}' has {tensor.Bytes} bytes; at most {Array.MaxLength} can be read at once");
}
