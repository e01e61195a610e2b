using System.Text.Json.Nodes;
using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>Every value of a config.json, each replaced by others: the directory is refused in one line, or computes.</summary>
public sealed class HuggingFaceNumbersTests : IDisposable
{
    private const long MostBytes = 4 << 20;

    private static readonly string[] s_edges =
    [
        "0", "1", "2", "3", "5", "7", "31", "33", "64", "65535", "16777216", "2147483647", "4294967296", "9223372036854775807", "9223372036854775808",
        "-1", "0.5", "1e-30", "1e30", "1e308", "1e999", "null", "true", "false", "\"x\"", "[]", "[1]", "{}",
    ];

    private readonly ModelFolder _folder = new();
    private readonly ComputePool _pool = new(1, "test");

    [Theory]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 16, \"beta_fast\": 32, \"beta_slow\": 1, \"mscale\": 1, \"mscale_all_dim\": 0.5}")]
    [InlineData("{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 32}")]
    [InlineData("{\"type\": \"linear\", \"factor\": 2}")]
    public void Open_AnyValueAtAnEdge_IsRefusedOrComputes(string scaling)
    {
        var model = TinySafetensors.Create();
        model.Config["rope_scaling"] = JsonNode.Parse(scaling);
        model.Config["use_sliding_window"] = true;
        model.Config["sliding_window"] = 16;
        model.Config["max_window_layers"] = 2;
        model.Config["decoder_sparse_step"] = 1;
        model.Config["mlp_only_layers"] = new JsonArray();
        model.Config["attention_bias"] = false;
        model.WriteTo(_folder);
        var (refused, served) = (0, 0);
        foreach (var edge in s_edges)
        {
            foreach (var name in model.Config.Select(pair => pair.Key).ToList())
                Try(config => config[name] = JsonNode.Parse(edge));
            foreach (var name in model.Config["rope_scaling"]!.AsObject().Select(pair => pair.Key).ToList())
                Try(config => config["rope_scaling"]![name] = JsonNode.Parse(edge));
        }

        Assert.InRange(refused, 300, int.MaxValue);
        Assert.InRange(served, 50, int.MaxValue);

        void Try(Action<JsonObject> change)
        {
            var config = model.Config.DeepClone().AsObject();
            change(config);
            File.WriteAllText(_folder.File("config.json"), config.ToJsonString());
            if (IsServed())
                served++;
            else
                refused++;
        }
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private bool IsServed()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        ModelSource source;
        try
        {
            source = ModelSource.Open(_folder.Path);
        }
        catch (ModelFormatException e)
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, MostBytes);
            Assert.StartsWith(_folder.Path, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
            return false;
        }

        using (source)
        {
            using var factory = new LocalMoELayerFactory(source, _pool);
            var model = new DecoderModel(source, factory, _pool, new KvCacheSettings(2));
            var logits = model.Forward(new ForwardBatch([new SequenceChunk(model.CreateSequence(), new[] { 0, 7, 3 }, LogitsWanted.Last)]));
            Assert.Equal(source.Config.VocabSize, logits.Length);
            Assert.False(logits.ToArray().Any(float.IsNaN), File.ReadAllText(_folder.File("config.json")));
        }

        return true;
    }
}
