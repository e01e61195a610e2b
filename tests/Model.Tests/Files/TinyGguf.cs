using System.Text;

namespace MoE.Model.Tests;

/// <summary>A small Qwen3-MoE file in memory, whose every part a test can change before it is written.</summary>
internal sealed class TinyGguf
{
    public const int Hidden = 32;
    public const int Vocab = 8;
    public const int Experts = 3;
    public const int Inner = 32;

    public byte[] Magic { get; set; } = "GGUF"u8.ToArray();

    public uint Version { get; set; } = 3;

    public ulong? TensorCount { get; set; }

    public ulong? MetadataCount { get; set; }

    public int Alignment { get; set; } = 32;

    /// <summary>Where <see cref="ToArray"/> wrote the header's numbers: a test can overwrite any of them.</summary>
    public List<(int Offset, int Bytes)> Numbers { get; } = [];

    /// <summary>Keys with boxed scalars, strings, arrays, or <see cref="Raw"/> bytes with a type.</summary>
    public List<(string Key, object Value)> Metadata { get; } = [];

    /// <summary>Dimensions are ggml's: innermost first.</summary>
    public List<Tensor> Tensors { get; } = [];

    public static TinyGguf Create(string architecture = "qwen3moe", int layers = 2)
    {
        var file = new TinyGguf();
        var a = architecture;
        file.Metadata.AddRange(
        [
            ("general.architecture", a), ("general.name", "tiny"), ($"{a}.block_count", (uint)layers), ($"{a}.context_length", 64u),
            ($"{a}.embedding_length", (uint)Hidden), ($"{a}.feed_forward_length", (uint)Inner), ($"{a}.attention.head_count", 4u),
            ($"{a}.attention.head_count_kv", 2u), ($"{a}.rope.freq_base", 10_000f), ($"{a}.attention.layer_norm_rms_epsilon", 1e-6f),
            ($"{a}.expert_count", (uint)Experts), ($"{a}.expert_used_count", 2u), ($"{a}.expert_feed_forward_length", (uint)Inner),
            ("tokenizer.ggml.model", "gpt2"), ("tokenizer.ggml.pre", "qwen2"),
            ("tokenizer.ggml.tokens", Enumerable.Range(0, Vocab).Select(id => ((char)('a' + id)).ToString()).ToArray()),
            ("tokenizer.ggml.token_type", Enumerable.Repeat(1, Vocab).ToArray()),
            ("tokenizer.ggml.merges", Array.Empty<string>()), ("tokenizer.ggml.eos_token_id", 7u),
        ]);
        file.Add("token_embd.weight", Hidden, Vocab);
        file.Add("output_norm.weight", Hidden);
        for (var layer = 0; layer < layers; layer++)
        {
            var p = $"blk.{layer}.";
            file.Add(p + "attn_norm.weight", Hidden);
            file.Add(p + "ffn_norm.weight", Hidden);
            file.Add(p + "attn_q.weight", Hidden, Hidden);
            file.Add(p + "attn_k.weight", Hidden, Hidden / 2);
            file.Add(p + "attn_v.weight", Hidden, Hidden / 2);
            file.Add(p + "attn_output.weight", Hidden, Hidden);
            if (architecture == "qwen3moe")
            {
                file.Add(p + "attn_q_norm.weight", Hidden / 4);
                file.Add(p + "attn_k_norm.weight", Hidden / 4);
            }

            file.Add(p + "ffn_gate_inp.weight", Hidden, Experts);
            foreach (var part in new[] { "gate", "up", "down" })
                file.Add($"{p}ffn_{part}_exps.weight", part == "down" ? Inner : Hidden, part == "down" ? Hidden : Inner, Experts);
        }

        return file;
    }

    public void Add(string name, params int[] dimensions) =>
        Tensors.Add(new Tensor(name, [.. dimensions.Select(length => (ulong)length)], 0, [.. Enumerable.Range(0, dimensions.Aggregate(1, (a, b) => a * b)).Select(i => (i % 17 - 8) * 0.05f)]));

    public void Set(string key, object? value)
    {
        Metadata.RemoveAll(pair => pair.Key == key);
        if (value is not null)
            Metadata.Add((key, value));
    }

    public Tensor Find(string name) => Tensors.Single(tensor => tensor.Name == name);

    public byte[] ToArray()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        Numbers.Clear();
        writer.Write(Magic);
        Number(writer, Version);
        Number(writer, TensorCount ?? (ulong)Tensors.Count);
        Number(writer, MetadataCount ?? (ulong)Metadata.Count);
        foreach (var (key, value) in Metadata)
        {
            Write(writer, key);
            WriteValue(writer, value);
        }

        var offset = 0UL;
        foreach (var tensor in Tensors)
        {
            Write(writer, tensor.Name);
            Number(writer, tensor.DimensionCount ?? (uint)tensor.Dimensions.Length);
            foreach (var length in tensor.Dimensions)
                Number(writer, length);
            Number(writer, tensor.Type);
            Number(writer, tensor.Offset ?? offset);
            offset += (ulong)((tensor.Values.Length * sizeof(float) + Alignment - 1) / Alignment * Alignment);
        }

        foreach (var tensor in Tensors)
        {
            Pad(writer);
            foreach (var value in tensor.Values)
                writer.Write(value);
        }

        Pad(writer);
        return stream.ToArray();
    }

    private void Pad(BinaryWriter writer)
    {
        while (writer.BaseStream.Position % Alignment != 0)
            writer.Write((byte)0);
    }

    private void Number(BinaryWriter writer, uint value)
    {
        Numbers.Add(((int)writer.BaseStream.Position, sizeof(uint)));
        writer.Write(value);
    }

    private void Number(BinaryWriter writer, ulong value)
    {
        Numbers.Add(((int)writer.BaseStream.Position, sizeof(ulong)));
        writer.Write(value);
    }

    private void Write(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Number(writer, (ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case Raw raw:
                writer.Write(raw.Type);
                writer.Write(raw.Bytes);
                break;
            case uint number:
                Number(writer, 4u);
                Number(writer, number);
                break;
            case int number:
                Number(writer, 5u);
                Number(writer, (uint)number);
                break;
            case float number:
                Number(writer, 6u);
                Number(writer, BitConverter.SingleToUInt32Bits(number));
                break;
            case bool flag:
                writer.Write(7u);
                writer.Write(flag);
                break;
            case string text:
                Number(writer, 8u);
                Write(writer, text);
                break;
            case string[] texts:
                Number(writer, 9u);
                Number(writer, 8u);
                Number(writer, (ulong)texts.Length);
                foreach (var text in texts)
                    Write(writer, text);
                break;
            case int[] numbers:
                Number(writer, 9u);
                Number(writer, 5u);
                Number(writer, (ulong)numbers.Length);
                foreach (var number in numbers)
                    Number(writer, (uint)number);
                break;
            default:
                throw new ArgumentException($"{value.GetType().Name} is not written", nameof(value));
        }
    }

    internal sealed record Raw(uint Type, byte[] Bytes);

    internal sealed record Tensor(string Name, ulong[] Dimensions, uint Type, float[] Values)
    {
        public string Name { get; set; } = Name;

        public ulong[] Dimensions { get; set; } = Dimensions;

        public uint Type { get; set; } = Type;

        public ulong? Offset { get; set; }

        public uint? DimensionCount { get; set; }
    }
}
