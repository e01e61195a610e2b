using System.Text.Json.Nodes;
using MoE.Kernels;

namespace MoE.Host.Tests;

/// <summary><c>moe verify</c> passes on what is right, and fails on what is not.</summary>
public sealed class VerifyTests : IDisposable
{
    private static readonly string[] s_files =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
        "model.safetensors", "reference.json", "reference.safetensors", "olmoe-q8_0.gguf", "reference-q8_0.safetensors",
    ];

    private readonly ComputePool _pool = new(2, "verify");

    [Theory]
    [InlineData("olmoe", 21)]
    [InlineData("mixtral", 23)]
    [InlineData("qwen2moe", 21)]
    [InlineData("qwen3moe", 21)]
    [InlineData("qwen3moe-256", 14)]
    [InlineData("qwen3moe-mixed", 7)]
    [InlineData("quarto-8m", 13)]
    public void Run_EveryFixture_Passes(string name, int least)
    {
        var rows = Verification.Run(Fixture.Directory(name), _pool, _ => { });
        Assert.DoesNotContain(rows, row => row.Outcome == VerifyOutcome.Fail);
        Assert.True(rows.Count(row => row.Outcome == VerifyOutcome.Pass) >= least, string.Join('\n', rows));
    }

    [Fact]
    public void Run_ReferenceLogitChanged_Fails()
    {
        using var copy = Fixture.Copy("olmoe", s_files);
        Spoil(copy.File("reference.safetensors"), "logits.0", bytes => BitConverter.TryWriteBytes(bytes, BitConverter.ToSingle(bytes) + 1e-3f));
        Assert.Contains(Failed(copy), row => row is { Path: "safetensors f32", Check: "logits, largest absolute difference" });
    }

    [Fact]
    public void Run_ReferenceExpertChanged_Fails()
    {
        using var copy = Fixture.Copy("olmoe", s_files);
        Spoil(copy.File("reference.safetensors"), "topk_experts.0.1", bytes => bytes[0] ^= 1);
        Assert.Contains(Failed(copy), row => row.Check.StartsWith("top-k experts", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_WeightChanged_Fails()
    {
        using var copy = Fixture.Copy("olmoe", s_files);
        Spoil(copy.File("model.safetensors"), "model.layers.1.self_attn.v_proj.weight", bytes => BitConverter.TryWriteBytes(bytes, 3f));
        var failed = Failed(copy);
        Assert.Contains(failed, row => row is { Path: "safetensors f32", Check: "logits, largest absolute difference" });
        Assert.DoesNotContain(failed, row => row.Path.StartsWith("olmoe-q8_0.gguf", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_QuantisedBytesChanged_Fails()
    {
        using var copy = Fixture.Copy("olmoe", s_files);
        var bytes = File.ReadAllBytes(copy.File("olmoe-q8_0.gguf"));
        for (var i = bytes.Length / 2; i < bytes.Length / 2 + 4096; i++)
            bytes[i] ^= 0x10;
        File.WriteAllBytes(copy.File("olmoe-q8_0.gguf"), bytes);
        Assert.Contains(Failed(copy), row => row.Path == "olmoe-q8_0.gguf f32");
    }

    [Fact]
    public void Run_FileCutShort_FailsWithTheReason()
    {
        using var copy = Fixture.Copy("olmoe", s_files);
        var bytes = File.ReadAllBytes(copy.File("olmoe-q8_0.gguf"));
        File.WriteAllBytes(copy.File("olmoe-q8_0.gguf"), bytes[..(bytes.Length / 2)]);
        var row = Assert.Single(Failed(copy));
        Assert.Contains("the file ends at", row.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("greedy_ids", "greedy continuations")]
    [InlineData("tokenizer", "text to ids")]
    [InlineData("chat", "chat template")]
    public void Run_ReferenceTextChanged_Fails(string what, string check)
    {
        using var copy = Fixture.Copy("olmoe", s_files);
        var json = JsonNode.Parse(File.ReadAllText(copy.File("reference.json")))!;
        switch (what)
        {
            case "greedy_ids":
                json["prompts"]![0]!["greedy_ids"]![0] = (int)json["prompts"]![0]!["greedy_ids"]![0]! ^ 1;
                break;
            case "tokenizer":
                json["tokenizer"]!.AsArray().First(entry => entry!["ids"]!.AsArray().Count > 0)!["ids"]![0] = 3;
                break;
            default:
                json["chat"]![0]!["text"] = "something else";
                break;
        }

        File.WriteAllText(copy.File("reference.json"), json.ToJsonString());
        Assert.Contains(Failed(copy), row => row.Check.StartsWith(check, StringComparison.Ordinal));
    }

    [Fact]
    public void Command_Miss_ExitsWith1()
    {
        using var copy = Fixture.Copy("olmoe", s_files);
        Assert.Equal(0, VerifyCommand.Create().Parse([copy.Path, "--json"]).Invoke());
        Spoil(copy.File("reference.safetensors"), "logits.0", bytes => BitConverter.TryWriteBytes(bytes, 100f));
        Assert.Equal(1, VerifyCommand.Create().Parse([copy.Path, "--json"]).Invoke());
    }

    [Fact]
    public void Command_NoReference_ExitsWith2()
    {
        using var empty = new TemporaryDirectory();
        Assert.Equal(2, VerifyCommand.Create().Parse([empty.Path]).Invoke());
    }

    public void Dispose() => _pool.Dispose();

    private List<VerifyRow> Failed(TemporaryDirectory directory) =>
        [.. Verification.Run(directory.Path, _pool, _ => { }).Where(row => row.Outcome == VerifyOutcome.Fail)];

    private delegate void Change(Span<byte> bytes);

    /// <summary>Changes a tensor's first bytes.</summary>
    private static void Spoil(string path, string tensor, Change change)
    {
        var file = File.ReadAllBytes(path);
        var headerBytes = (int)BitConverter.ToInt64(file);
        var header = JsonNode.Parse(file.AsSpan(8, headerBytes))!;
        change(file.AsSpan(8 + headerBytes + (int)header[tensor]!["data_offsets"]![0]!));
        File.WriteAllBytes(path, file);
    }
}
