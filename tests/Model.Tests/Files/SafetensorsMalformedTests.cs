using System.Text;
using System.Text.Json.Nodes;

namespace MoE.Model.Tests;

/// <summary>Malformed safetensors directories: each refused with one line that names the file, the tensor and the bound.</summary>
public sealed class SafetensorsMalformedTests : IDisposable
{
    private const string Norm = "model.norm.weight";
    private readonly ModelFolder _folder = new();

    public static TheoryData<string, string> Cases => new()
    {
        { "header over 100 MB", "100000001 bytes; at most 100000000" },
        { "header -1", "18446744073709551615 bytes" },
        { "header over the file", "only" },
        { "not UTF-8", "no JSON" },
        { "not JSON", "no JSON" },
        { "a list", "the header is no JSON object" },
        { "tensor is a number", $"tensor '{Norm}' is no JSON object" },
        { "no dtype", $"tensor '{Norm}' lacks its dtype" },
        { "no offsets", $"tensor '{Norm}' lacks its two data_offsets" },
        { "unknown dtype", $"tensor '{Norm}' has dtype 'F7'" },
        { "dtype without kernels", $"tensor '{Norm}' has dtype I32, which is not supported" },
        { "hole", "after a hole" },
        { "overlap", "inside the one before it" },
        { "shape and range differ", $"tensor '{Norm}' has 128 bytes; F32 [31] needs 124" },
        { "range past the end", "the data has" },
        { "range backwards", $"tensor '{Norm}' has data_offsets" },
        { "negative shape", "no number of 0 to 2^63 - 1" },
        { "shape overflows", $"tensor '{Norm}' has shape" },
        { "bytes after the last tensor", "the tensors end at byte" },
        { "declared twice", $"tensor '{Norm}' is declared twice" },
        { "tensor missing", $"tensor '{Norm}' [32] is missing" },
        { "wrong shape", "tensor 'model.norm.weight' has shape [2, 16]; the configuration needs [32]" },
        { "text after the header", "the header is no JSON as safetensors write it" },
        { "tensor that is not read", "tensor 'model.layers.0.self_attn.sinks' is none that qwen3_moe as configured reads" },
        { "head's bias", "tensor 'lm_head.bias' is none that qwen3_moe as configured reads" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_Malformed_IsRefusedByName(string what, string named)
    {
        var model = TinySafetensors.Create();
        var header = Spoil(model, what);
        var path = model.WriteTo(_folder, header);
        if (what == "bytes after the last tensor")
            File.AppendAllText(_folder.File("model.safetensors"), "more");
        var message = ModelFolder.Refusal(path);
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CutInTheHeader_IsRefusedAtEveryByte()
    {
        var model = TinySafetensors.Create();
        model.WriteTo(_folder);
        var bytes = model.Bytes();
        var headerBytes = 8 + (int)BitConverter.ToUInt64(bytes);
        for (var length = 0; length < bytes.Length; length += length < headerBytes ? 1 : 97)
        {
            _folder.Write("model.safetensors", bytes[..length]);
            Assert.Contains("model.safetensors", ModelFolder.Refusal(_folder.Path), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_Mutated_IsServedOrRefused()
    {
        var model = TinySafetensors.Create();
        model.WriteTo(_folder);
        var original = model.Bytes();
        var config = File.ReadAllBytes(_folder.File("config.json"));
        var random = new Random(20261123);
        var refused = 0;
        for (var i = 0; i < 2000; i++)
        {
            _folder.Write("model.safetensors", i % 2 == 0 ? Mutate(original, 4000, random) : original);
            _folder.Write("config.json", i % 2 == 1 ? Mutate(config, config.Length, random) : config);
            try
            {
                using var source = ModelSource.Open(_folder.Path);
                Assert.NotEmpty(source.Hash);
                using var expert = source.Expert(0, source.Config.Router.NumExperts - 1);
                Assert.Equal(source.Config.HiddenSize, expert.Gate.Columns);
            }
            catch (ModelFormatException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 100, 1999);
    }

    [Theory]
    [InlineData("missing shard", "the shard is missing")]
    [InlineData("tensor not in its shard", "is missing; ")]
    [InlineData("path in the index", "must be the name of a .safetensors file beside the index")]
    [InlineData("path from the root", "must be the name of a .safetensors file beside the index")]
    [InlineData("line break in a name", "no?where.safetensors: the shard is missing")]
    [InlineData("a number", "must be the name of a .safetensors file beside the index")]
    [InlineData("no map", "weight_map is missing or no object")]
    [InlineData("empty map", "weight_map names 0 files")]
    [InlineData("not JSON", "no valid JSON")]
    public void Open_BadIndex_IsRefused(string what, string named)
    {
        var model = TinySafetensors.Create();
        model.WriteTo(_folder);
        File.Move(_folder.File("model.safetensors"), _folder.File("model-00001-of-00001.safetensors"));
        var map = new JsonObject();
        foreach (var (name, _) in model.Header)
            map[name] = "model-00001-of-00001.safetensors";
        var index = new JsonObject { ["weight_map"] = map };
        switch (what)
        {
            case "missing shard": map[Norm] = "model-00002-of-00002.safetensors"; break;
            case "tensor not in its shard": map["nothing.weight"] = "model-00001-of-00001.safetensors"; break;
            case "path in the index": map[Norm] = "../model-00001-of-00001.safetensors"; break;
            case "path from the root": map[Norm] = "/etc/model.safetensors"; break;
            case "line break in a name": map[Norm] = "no\nwhere.safetensors"; break;
            case "a number": map[Norm] = 1; break;
            case "no map": index = []; break;
            case "empty map": index["weight_map"] = new JsonObject(); break;
        }

        File.WriteAllText(_folder.File("model.safetensors.index.json"), what == "not JSON" ? "{" : index.ToJsonString());
        Assert.Contains(named, ModelFolder.Refusal(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BlanksAfterTheHeader_IsServed()
    {
        var model = TinySafetensors.Create();
        using var source = ModelSource.Open(model.WriteTo(_folder, [.. Encoding.UTF8.GetBytes(model.Header.ToJsonString()), .. "   "u8]));
        Assert.NotEmpty(source.Tensors);
    }

    /// <summary>The reference implementation orders ranges by both their ends.</summary>
    [Fact]
    public void Open_TensorsWithoutValues_LieAnywhere()
    {
        var model = TinySafetensors.Create();
        foreach (var (name, tensor) in model.Header.ToList())
        {
            var start = (long)tensor!["data_offsets"]![0]!;
            model.Header.Insert(0, $"empty at {name}", new JsonObject { ["dtype"] = "F32", ["shape"] = new JsonArray(0, 4), ["data_offsets"] = new JsonArray(start, start) });
        }

        using var source = ModelSource.Open(model.WriteTo(_folder, Shuffled(model.Header)));
        Assert.Equal(2 * TinySafetensors.Create().Header.Count, source.Tensors.Count);
    }

    [Theory]
    [InlineData("lm_head.weight", "the embedding is the head")]
    [InlineData("model.layers.0.self_attn.rotary_emb.inv_freq", "computed")]
    [InlineData("v_head.summary.weight", "another head")]
    public void Open_TensorThatNothingDependsOn_IsServed(string name, string why)
    {
        var model = TinySafetensors.Create();
        model.Add(name, 8, 32);
        using var source = ModelSource.Open(model.WriteTo(_folder));
        Assert.True(source.Config.TieWordEmbeddings, why);
    }

    /// <summary>Each number of the header, replaced by values at the edges.</summary>
    [Fact]
    public void Open_AnyNumberAtAnEdge_IsRefusedOrReadInside()
    {
        var model = TinySafetensors.Create(fused: true);
        model.WriteTo(_folder);
        string[] edges = ["0", "1", "31", "33", "2147483648", "4294967296", "1152921504606846976", "9223372036854775807", "9223372036854775808", "1e3", "-1", "null", "[]"];
        var (refused, served) = (0, 0);
        foreach (var (name, tensor) in model.Header.ToList())
        {
            foreach (var (field, count) in new[] { ("shape", tensor!["shape"]!.AsArray().Count), ("data_offsets", 2) })
            {
                for (var index = 0; index < count; index++)
                {
                    foreach (var edge in edges)
                    {
                        var header = model.Header.DeepClone().AsObject();
                        header[name]![field]!.AsArray()[index] = JsonNode.Parse(edge);
                        _folder.Write("model.safetensors", model.Bytes(Encoding.UTF8.GetBytes(header.ToJsonString())));
                        if (IsServed())
                            served++;
                        else
                            refused++;
                    }
                }
            }
        }

        Assert.InRange(refused, 1000, int.MaxValue);
        Assert.InRange(served, 1, 20);
    }

    [Fact]
    public void Open_NoWeights_SaysWhatIsMissing()
    {
        TinySafetensors.Create().WriteTo(_folder);
        File.Delete(_folder.File("model.safetensors"));
        Assert.Contains("neither model.safetensors nor model.safetensors.index.json", ModelFolder.Refusal(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoConfig_SaysWhatIsMissing() =>
        Assert.Contains("config.json: the file is missing", ModelFolder.Refusal(_folder.Path), StringComparison.Ordinal);

    [Fact]
    public void Open_FusedExperts_GivesTheirSlices()
    {
        using var source = ModelSource.Open(TinySafetensors.Create(fused: true).WriteTo(_folder));
        using var file = SafetensorsFile.Open(_folder.File("model.safetensors"));
        var gateUp = file.ReadFloats("model.layers.1.mlp.experts.gate_up_proj");
        var down = file.ReadFloats("model.layers.1.mlp.experts.down_proj");
        using var expert = source.Expert(1, 2);
        Assert.Equal(gateUp[(2 * 32 * 32)..(2 * 32 * 32 + 16 * 32)], Floats(expert.Gate));
        Assert.Equal(gateUp[(2 * 32 * 32 + 16 * 32)..(3 * 32 * 32)], Floats(expert.Up));
        Assert.Equal(down[(2 * 32 * 16)..], Floats(expert.Down));
    }

    public void Dispose() => _folder.Dispose();

    private bool IsServed()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var source = ModelSource.Open(_folder.Path);
            for (var layer = 0; layer < 2; layer++)
            {
                using var expert = source.Expert(layer, 2);
                Assert.Equal(32 * 16, Floats(expert.Down).Length);
            }

            return true;
        }
        catch (ModelFormatException e)
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 4 << 20);
            Assert.DoesNotContain('\n', e.Message);
            return false;
        }
    }

    private static byte[] Shuffled(JsonObject header)
    {
        var entries = header.Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())).ToArray();
        new Random(20261129).Shuffle(entries);
        return Encoding.UTF8.GetBytes(new JsonObject(entries).ToJsonString());
    }

    private static float[] Floats(Kernels.WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
            Kernels.Dequantize.Row(matrix.Type, matrix.Row(row), values.AsSpan(row * matrix.Columns, matrix.Columns));
        return values;
    }

    private static byte[] Mutate(byte[] original, int within, Random random)
    {
        var bytes = original.ToArray();
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(Math.Min(within, bytes.Length));
            bytes[at] = random.Next(3) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)"0123456789-[]{}\",:eE."[random.Next(21)],
                _ => (byte)(bytes[at] ^ (1 << random.Next(8))),
            };
        }

        return bytes;
    }

    private static byte[]? Spoil(TinySafetensors model, string what)
    {
        var norm = model.Header[Norm]!.AsObject();
        var start = (long)norm["data_offsets"]![0]!;
        switch (what)
        {
            case "header over 100 MB": model.HeaderLength = 100_000_001; return null;
            case "header -1": model.HeaderLength = ulong.MaxValue; return null;
            case "header over the file": model.HeaderLength = 1_000_000; return null;
            case "not UTF-8": return [.. "{\"a"u8, 0xFF, 0xFE, .. "\": 1}"u8];
            case "not JSON": return "{\"a\": "u8.ToArray();
            case "a list": return "[]"u8.ToArray();
            case "tensor is a number": model.Header[Norm] = 3; return null;
            case "no dtype": norm.Remove("dtype"); return null;
            case "no offsets": norm.Remove("data_offsets"); return null;
            case "unknown dtype": norm["dtype"] = "F7"; return null;
            case "dtype without kernels": norm["dtype"] = "I32"; return null;
            case "hole": norm["shape"] = new JsonArray(31); norm["data_offsets"] = new JsonArray(start, start + 124); return null;
            case "overlap": norm["data_offsets"] = new JsonArray(start - 4, start + 124); return null;
            case "shape and range differ": norm["shape"] = new JsonArray(31); return null;
            case "range past the end": norm["data_offsets"] = new JsonArray(1L << 40, (1L << 40) + 128); return null;
            case "range backwards": norm["data_offsets"] = new JsonArray(start + 128, start); return null;
            case "negative shape": norm["shape"] = new JsonArray(-32); return null;
            case "shape overflows": norm["shape"] = new JsonArray(long.MaxValue, 4); return null;
            case "bytes after the last tensor": return null;
            case "declared twice":
                var json = model.Header.ToJsonString();
                return Encoding.UTF8.GetBytes(json[..^1] + $",\"{Norm}\":{norm.ToJsonString()}}}");
            case "tensor missing":
                return Encoding.UTF8.GetBytes(model.Header.ToJsonString().Replace($"\"{Norm}\"", "\"model.other.weight\"", StringComparison.Ordinal));
            case "wrong shape": norm["shape"] = new JsonArray(2, 16); return null;
            case "text after the header": return Encoding.UTF8.GetBytes(model.Header.ToJsonString() + "{}");
            case "tensor that is not read": model.Add("model.layers.0.self_attn.sinks", 4); return null;
            case "head's bias": model.Add("lm_head.bias", 8); return null;
            default: throw new ArgumentException(what, nameof(what));
        }
    }
}
