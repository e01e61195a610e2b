using System.Text;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>Writes a GGUF file of version 3 (ggml/docs/gguf.md): metadata first, then each tensor as its source gives it.</summary>
internal sealed class GgufWriter
{
    private const int Alignment = 32;
    private readonly List<(string Key, GgufValueType Type, Action<BinaryWriter> Value)> _metadata = [];
    private readonly List<GgufWriterTensor> _tensors = [];

    public IReadOnlyList<GgufWriterTensor> Tensors => _tensors;

    public void Add(string key, uint value) => _metadata.Add((key, GgufValueType.UInt32, writer => writer.Write(value)));

    public void Add(string key, float value) => _metadata.Add((key, GgufValueType.Float32, writer => writer.Write(value)));

    public void Add(string key, bool value) => _metadata.Add((key, GgufValueType.Bool, writer => writer.Write(value)));

    public void Add(string key, string value) => _metadata.Add((key, GgufValueType.String, writer => WriteString(writer, value)));

    public void Add(string key, IReadOnlyList<string> values) => AddArray(key, GgufValueType.String, values, WriteString);

    public void Add(string key, IReadOnlyList<int> values) => AddArray(key, GgufValueType.Int32, values, (writer, value) => writer.Write(value));

    /// <param name="name">llama.cpp's name.</param>
    /// <param name="type">How its numbers are stored.</param>
    /// <param name="shape">Outermost first.</param>
    public void AddTensor(string name, WeightType type, params long[] shape) => _tensors.Add(new GgufWriterTensor(name, type, shape));

    /// <summary>Writes the file.</summary>
    /// <param name="output">Seekable or not; written from where it stands, which counts as the file's start.</param>
    /// <param name="write">Writes a tensor's bytes, exactly <see cref="GgufWriterTensor.Bytes"/>.</param>
    public void Write(Stream output, Action<GgufWriterTensor, Stream> write)
    {
        var header = Header();
        output.Write(header);
        Pad(output, header.Length);
        foreach (var tensor in _tensors)
        {
            write(tensor, output);
            Pad(output, tensor.Bytes);
        }
    }

    private byte[] Header()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var (key, type, value) in _metadata)
        {
            WriteString(writer, key);
            writer.Write((uint)type);
            value(writer);
        }

        var offset = 0L;
        foreach (var tensor in _tensors)
        {
            WriteString(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            for (var i = tensor.Shape.Count - 1; i >= 0; i--)
                writer.Write((ulong)tensor.Shape[i]);
            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset += (tensor.Bytes + Alignment - 1) / Alignment * Alignment;
        }

        writer.Flush();
        return memory.ToArray();
    }

    private void AddArray<T>(string key, GgufValueType type, IReadOnlyList<T> values, Action<BinaryWriter, T> write) =>
        _metadata.Add((key, GgufValueType.Array, writer =>
        {
            writer.Write((uint)type);
            writer.Write((ulong)values.Count);
            foreach (var value in values)
                write(writer, value);
        }));

    private static void WriteString(BinaryWriter writer, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(Stream output, long written)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        output.Write(zeros[..(int)((Alignment - written % Alignment) % Alignment)]);
    }
}

/// <summary>A tensor to be written.</summary>
/// <param name="Name">llama.cpp's name.</param>
/// <param name="Type">How its numbers are stored.</param>
/// <param name="Shape">Outermost first.</param>
internal sealed record GgufWriterTensor(string Name, WeightType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Values of a row.</summary>
    public int Columns => (int)Shape[^1];

    public long Bytes => Shape.Aggregate(1L, (product, length) => product * length) / Columns * Type.RowBytes(Columns);
}
