using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>Malformed GGUF: each refused with one line that names the file, the field and the bound.</summary>
public sealed class GgufMalformedTests : IDisposable
{
    private readonly ModelFolder _folder = new();

    public static TheoryData<string, string> Cases => new()
    {
        { "magic", "magic is 47475558" },
        { "version 0", "version is 0; 2 and 3" },
        { "version 1", "version is 1; 2 and 3" },
        { "version 4", "version is 4; 2 and 3" },
        { "big-endian", "big-endian" },
        { "tensor count -1", "tensor_count is 18446744073709551615 (-1)" },
        { "tensor count 2^60", "tensor_count is 1152921504606846976" },
        { "metadata count -1", "metadata_kv_count is 18446744073709551615 (-1)" },
        { "metadata count 2^60", "metadata_kv_count is 1152921504606846976" },
        { "empty key", "metadata key 1 is empty" },
        { "duplicate key", "metadata key 'general.name' occurs twice" },
        { "unknown value type", "general.name has value type 13" },
        { "nested array", "array of arrays" },
        { "string 2^60", "general.name has a length of 1152921504606846976" },
        { "array beyond the file", "the length of general.name is 100000" },
        { "array 2^60", "the length of general.name is 1152921504606846976" },
        { "bool 2", "general.name is the bool 2" },
        { "unknown tensor type", "tensor 'output_norm.weight' has type 200" },
        { "unsupported tensor type", "has type 16 (iq2_xxs), which is not supported" },
        { "5 dimensions", "tensor 'output_norm.weight' has 5 dimensions" },
        { "0 dimensions", "tensor 'output_norm.weight' has 0 dimensions" },
        { "dimension 0", "tensor 'output_norm.weight' has dimension 0 of 0" },
        { "product overflows", "tensor 'output_norm.weight'" },
        { "row no multiple of its block", "rows of 33 values; q8_0 needs a multiple of 32" },
        { "duplicate tensor", "tensor 'output_norm.weight' is declared twice" },
        { "offset past the end", "tensor 'output_norm.weight' needs 128 bytes at" },
        { "offset 2^63", "tensor 'output_norm.weight' has offset 9223372036854775808" },
        { "overlapping offset", "inside 'token_embd.weight'" },
        { "unaligned offset", "has offset 1025; it must be a multiple of 32" },
        { "alignment 24", "general.alignment is 24; it must be a power of two" },
        { "alignment 0", "general.alignment is 0" },
        { "no architecture", "general.architecture is missing" },
        { "unknown architecture", "general.architecture is 'mamba', which is not supported; supported are llama, olmoe, qwen2moe, qwen3moe" },
        { "experts used above experts", "qwen3moe.expert_used_count is 4; it must be 1 to 3" },
        { "no experts", "qwen3moe.expert_count is 0" },
        { "expert slice missing", "tensor 'blk.1.ffn_up_exps.weight' has shape [2, 32, 32]; the configuration needs [3, 32, 32]" },
        { "expert tensor missing", "tensor 'blk.1.ffn_up_exps.weight' [3, 32, 32] is missing" },
        { "heads do not divide", "qwen3moe.attention.head_count is 4, no multiple of qwen3moe.attention.head_count_kv, which is 3" },
        { "hidden does not divide", "qwen3moe.embedding_length is 32, no multiple of qwen3moe.attention.head_count, which is 5" },
        { "more layers than tensors", "'blk.2." },
        { "fewer layers than tensors", "belongs to a layer past the 1 configured" },
        { "NaN rope base", "qwen3moe.rope.freq_base is NaN" },
        { "negative rope base", "qwen3moe.rope.freq_base is -1; it must be above 0" },
        { "tokens longer than the embedding", "tokenizer.ggml.tokens has 9 entries; 'token_embd.weight' has 8 rows" },
        { "token types of another length", "tokenizer.ggml.token_type has 7 entries; tokenizer.ggml.tokens has 8" },
        { "end token out of range", "tokenizer.ggml.eos_token_id is 8; it must be 0 to 7" },
        { "wrong type of a key", "qwen3moe.block_count is of type String; it must be an integer" },
        { "sigmoid gating", "qwen3moe.expert_gating_func is 2" },
        { "expert groups", "qwen3moe.expert_group_count is 4" },
        { "bias that is not read", "tensor 'blk.0.ffn_gate_inp_shexp.weight'" },
        { "longrope", "qwen3moe.rope.scaling.type is 'longrope'" },
        { "split part missing", "split.count is 2" },
        { "selection bias", "tensor 'blk.0.exp_probs_b.bias' is none that qwen3moe as configured reads" },
        { "attention sinks", "tensor 'blk.1.attn_sinks.weight' is none that qwen3moe as configured reads" },
        { "output bias", "tensor 'output.bias' is none that qwen3moe as configured reads" },
        { "stacked experts beside single ones", "tensor 'blk.0.ffn_up.1.weight' is none that qwen3moe as configured reads" },
        { "duplicate tensor of a name with a line break", "tensor 'a?b' is declared twice" },
        { "rope alpha", "qwen3moe.rope.scaling.alpha is 1000" },
        { "min_p above 1", "general.sampling.min_p is 1.5; it must be 0 to 1" },
        { "top_p above 1", "general.sampling.top_p is 1.5; it must be 0 to 1" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_Malformed_IsRefusedByName(string what, string named)
    {
        var file = TinyGguf.Create();
        Spoil(file, what);
        var path = _folder.Write("tiny.gguf", file.ToArray());
        var message = ModelFolder.Refusal(path);
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Tiny_IsServed()
    {
        using var source = ModelSource.Open(_folder.Write("tiny.gguf", TinyGguf.Create().ToArray()));
        Assert.Equal((2, 3, 2), (source.Config.NumHiddenLayers, source.Config.Router.NumExperts, source.Config.Router.TopK));
        Touch(source);
    }

    [Fact]
    public void Open_CutAtEveryByte_IsRefused()
    {
        var bytes = TinyGguf.Create(layers: 1).ToArray();
        var padding = bytes.Length - TinyGguf.Create(layers: 1).ToArray().AsSpan().TrimEnd((byte)0).Length;
        var path = _folder.File("cut.gguf");
        for (var length = 0; length < bytes.Length - padding; length++)
        {
            File.WriteAllBytes(path, bytes.AsSpan(0, length));
            Assert.Contains(path, ModelFolder.Refusal(path), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_Mutated_IsServedOrRefused()
    {
        var original = TinyGguf.Create(layers: 1).ToArray();
        var random = new Random(20261123);
        var refused = 0;
        var path = _folder.File("mutated.gguf");
        for (var i = 0; i < 3000; i++)
        {
            var bytes = original.ToArray();
            for (var change = random.Next(1, 5); change > 0; change--)
            {
                var at = random.Next(i % 3 == 0 ? bytes.Length : Math.Min(bytes.Length, 3000));
                bytes[at] = random.Next(4) switch
                {
                    0 => (byte)random.Next(256),
                    1 => 0xFF,
                    2 => 0,
                    _ => (byte)(bytes[at] ^ (1 << random.Next(8))),
                };
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                using var source = ModelSource.Open(path);
                Touch(source);
            }
            catch (ModelFormatException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 100, 2999);
    }

    /// <summary>Strings that are each allowed, but not all of them together.</summary>
    [Fact]
    public void Open_MetadataOverItsBound_IsRefused()
    {
        const long Longest = 64 << 20;
        var path = _folder.File("long.gguf");
        using (var writer = new BinaryWriter(File.Create(path)))
        {
            writer.Write("GGUF"u8);
            writer.Write(3u);
            writer.Write(0UL);
            writer.Write(3UL);
            for (var i = 0; i < 3; i++)
            {
                writer.Write(1UL);
                writer.Write((byte)('a' + i));
                writer.Write(8u);
                writer.Write(Longest);
                writer.BaseStream.SetLength(writer.BaseStream.Seek(Longest, SeekOrigin.Current));
            }
        }

        Assert.Contains($"{path}: c lies at offset 134217807; the metadata has at most 134217728 bytes", ModelFolder.Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoFile_NamesIt() => Assert.Contains("/nowhere/model.gguf", ModelFolder.Refusal("/nowhere/model.gguf"), StringComparison.Ordinal);

    [Fact]
    public void Open_EmptyFile_IsRefused() => Assert.Contains("empty.gguf", ModelFolder.Refusal(_folder.Write("empty.gguf", [])), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    /// <summary>Reads what a decoder reads: nothing lies outside the file.</summary>
    private static void Touch(ModelSource source)
    {
        Assert.NotEmpty(source.Hash);
        foreach (var role in new[] { TensorRole.TokenEmbedding, TensorRole.LmHead })
            Sum(source.Matrix(role));
        for (var layer = 0; layer < source.Config.NumHiddenLayers; layer++)
        {
            Sum(source.Matrix(TensorRole.QProj, layer));
            Assert.Equal(source.Config.HiddenSize, source.Vector(TensorRole.InputNorm, layer).Length);
            if (!source.Config.Layers[layer].IsMoE)
                continue;
            using var expert = source.Expert(layer, source.Config.Router.NumExperts - 1);
            Sum(expert.Gate);
            Sum(expert.Down);
        }
    }

    private static void Sum(WeightMatrix matrix)
    {
        var row = new float[matrix.Columns];
        for (var i = 0; i < matrix.Rows; i++)
            Dequantize.Row(matrix.Type, matrix.Row(i), row);
    }

    private static void Spoil(TinyGguf file, string what)
    {
        var norm = file.Find("output_norm.weight");
        switch (what)
        {
            case "magic": file.Magic = "GGUX"u8.ToArray(); break;
            case "version 0": file.Version = 0; break;
            case "version 1": file.Version = 1; break;
            case "version 4": file.Version = 4; break;
            case "big-endian": file.Version = 3u << 24; break;
            case "tensor count -1": file.TensorCount = ulong.MaxValue; break;
            case "tensor count 2^60": file.TensorCount = 1UL << 60; break;
            case "metadata count -1": file.MetadataCount = ulong.MaxValue; break;
            case "metadata count 2^60": file.MetadataCount = 1UL << 60; break;
            case "empty key": file.Metadata[1] = ("", 1u); break;
            case "duplicate key": file.Metadata.Insert(3, ("general.name", "again")); break;
            case "unknown value type": file.Set("general.name", new TinyGguf.Raw(13, new byte[8])); break;
            case "nested array": file.Set("general.name", new TinyGguf.Raw(9, [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])); break;
            case "string 2^60": file.Set("general.name", new TinyGguf.Raw(8, BitConverter.GetBytes(1UL << 60))); break;
            case "array beyond the file": file.Set("general.name", new TinyGguf.Raw(9, [5, 0, 0, 0, .. BitConverter.GetBytes(100_000UL)])); break;
            case "array 2^60": file.Set("general.name", new TinyGguf.Raw(9, [5, 0, 0, 0, .. BitConverter.GetBytes(1UL << 60)])); break;
            case "bool 2": file.Set("general.name", new TinyGguf.Raw(7, [2])); break;
            case "unknown tensor type": norm.Type = 200; break;
            case "unsupported tensor type": norm.Type = 16; break;
            case "5 dimensions": (norm.Dimensions, norm.DimensionCount) = ([32, 1, 1, 1, 1], 5); break;
            case "0 dimensions": (norm.Dimensions, norm.DimensionCount) = ([], 0); break;
            case "dimension 0": norm.Dimensions = [0]; break;
            case "product overflows": norm.Dimensions = [2147483647, 2147483647, 2147483647]; break;
            case "row no multiple of its block": (norm.Dimensions, norm.Type) = ([33], 8); break;
            case "duplicate tensor": file.Find("blk.0.attn_norm.weight").Name = "output_norm.weight"; break;
            case "offset past the end": norm.Offset = 1UL << 40; break;
            case "offset 2^63": norm.Offset = 1UL << 63; break;
            case "overlapping offset": norm.Offset = 32; break;
            case "unaligned offset": norm.Offset = 1025; break;
            case "alignment 24": file.Set("general.alignment", 24u); break;
            case "alignment 0": file.Set("general.alignment", 0u); break;
            case "no architecture": file.Set("general.architecture", null); break;
            case "unknown architecture": file.Set("general.architecture", "mamba"); break;
            case "experts used above experts": file.Set("qwen3moe.expert_used_count", 4u); break;
            case "no experts": file.Set("qwen3moe.expert_count", 0u); break;
            case "expert slice missing": Replace(file, "blk.1.ffn_up_exps.weight", 32, 32, 2); break;
            case "expert tensor missing": file.Tensors.Remove(file.Find("blk.1.ffn_up_exps.weight")); break;
            case "heads do not divide": file.Set("qwen3moe.attention.head_count_kv", 3u); break;
            case "hidden does not divide": file.Set("qwen3moe.attention.head_count", 5u); file.Set("qwen3moe.attention.head_count_kv", 5u); break;
            case "more layers than tensors": file.Set("qwen3moe.block_count", 3u); break;
            case "fewer layers than tensors": file.Set("qwen3moe.block_count", 1u); break;
            case "NaN rope base": file.Set("qwen3moe.rope.freq_base", float.NaN); break;
            case "negative rope base": file.Set("qwen3moe.rope.freq_base", -1f); break;
            case "tokens longer than the embedding": file.Set("tokenizer.ggml.tokens", Enumerable.Repeat("x", 9).ToArray()); break;
            case "token types of another length": file.Set("tokenizer.ggml.token_type", new int[7]); break;
            case "end token out of range": file.Set("tokenizer.ggml.eos_token_id", 8u); break;
            case "wrong type of a key": file.Set("qwen3moe.block_count", "two"); break;
            case "sigmoid gating": file.Set("qwen3moe.expert_gating_func", 2u); break;
            case "expert groups": file.Set("qwen3moe.expert_group_count", 4u); break;
            case "bias that is not read": file.Add("blk.0.ffn_gate_inp_shexp.weight", 32); break;
            case "longrope": file.Set("qwen3moe.rope.scaling.type", "longrope"); file.Set("qwen3moe.rope.scaling.factor", 4f); break;
            case "selection bias": file.Add("blk.0.exp_probs_b.bias", 3); break;
            case "attention sinks": file.Add("blk.1.attn_sinks.weight", 4); break;
            case "output bias": file.Add("output.bias", 8); break;
            case "stacked experts beside single ones": file.Add("blk.0.ffn_up.1.weight", 32, 32); break;
            case "duplicate tensor of a name with a line break": file.Add("a\nb", 32); file.Add("a\nb", 32); break;
            case "rope alpha": file.Set("qwen3moe.rope.scaling.alpha", 1000f); break;
            case "min_p above 1": file.Set("general.sampling.min_p", 1.5f); break;
            case "top_p above 1": file.Set("general.sampling.top_p", 1.5f); break;
            case "split part missing": file.Set("split.count", 2u); file.Set("split.no", 0u); break;
            default: throw new ArgumentException(what, nameof(what));
        }
    }

    private static void Replace(TinyGguf file, string name, params int[] dimensions)
    {
        file.Tensors.Remove(file.Find(name));
        file.Add(name, dimensions);
    }
}
