using MoE.Kernels;

namespace MoE.Model.Tests;

/// <summary>Opened models: the same whatever the format, converted on request, identified by their bytes.</summary>
public sealed class ModelSourceTests : IDisposable
{
    private static readonly string s_fixtures = Path.Combine(Root(), "tests", "fixtures");
    private readonly ModelFolder _folder = new();

    [Theory]
    [InlineData("olmoe", "olmoe-f16.gguf")]
    [InlineData("mixtral", "mixtral-f32.gguf")]
    [InlineData("qwen2moe", "qwen2moe-bf16.gguf")]
    [InlineData("qwen3moe", "qwen3moe-q8_0.gguf")]
    public void Open_BothFormats_GiveTheSameModel(string name, string gguf)
    {
        using var directory = ModelSource.Open(Path.Combine(s_fixtures, name));
        using var file = ModelSource.Open(Path.Combine(s_fixtures, name, gguf));
        var (expected, actual) = (directory.Config, file.Config);
        Assert.Equal(
            (expected.Family, expected.VocabSize, expected.HiddenSize, expected.NumAttentionHeads, expected.NumKeyValueHeads, expected.HeadDim, expected.MaxPositionEmbeddings),
            (actual.Family, actual.VocabSize, actual.HiddenSize, actual.NumAttentionHeads, actual.NumKeyValueHeads, actual.HeadDim, actual.MaxPositionEmbeddings));
        Assert.Equal(
            (expected.RmsNormEps, expected.TieWordEmbeddings, expected.QkNorm, expected.Rope.Theta, expected.MoeIntermediateSize, expected.SharedExpertIntermediateSize),
            (actual.RmsNormEps, actual.TieWordEmbeddings, actual.QkNorm, actual.Rope.Theta, actual.MoeIntermediateSize, actual.SharedExpertIntermediateSize));
        Assert.Equal(expected.Router, actual.Router);
        Assert.Equal(expected.Layers, actual.Layers);
        Assert.NotEqual(directory.Hash, file.Hash);
        using var one = directory.Expert(1, 3);
        using var other = file.Expert(1, 3);
        var tolerance = gguf.Contains("f32", StringComparison.Ordinal) ? 0 : 4e-3f;
        Assert.All(Floats(one.Down).Zip(Floats(other.Down)), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        Assert.All(Floats(one.Gate).Zip(Floats(other.Gate)), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        Assert.All(Floats(one.Up).Zip(Floats(other.Up)), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        Assert.Equal(directory.CreateTokenizer().VocabSize, file.CreateTokenizer().VocabSize);
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.Q8_0)]
    [InlineData(WeightType.Q4_0)]
    public void Open_Type_ConvertsMatricesButTheRouters(WeightType type)
    {
        var path = Path.Combine(s_fixtures, "qwen2moe");
        using var plain = ModelSource.Open(path);
        using var source = ModelSource.Open(path, type);
        Assert.Equal(type, source.Matrix(TensorRole.QProj, 0).Type);
        Assert.Equal(type, source.Matrix(TensorRole.TokenEmbedding).Type);
        Assert.Equal(WeightType.F32, source.Matrix(TensorRole.Router, 0).Type);
        Assert.Equal(WeightType.F32, source.Matrix(TensorRole.SharedExpertRouter, 0).Type);
        using var expert = source.Expert(0, 1);
        Assert.Equal((type, type, type), (expert.Gate.Type, expert.Up.Type, expert.Down.Type));
        Assert.Equal(expert.Bytes, source.ExpertBytes(0));
        Assert.Equal(type == WeightType.F32 ? null : (object)"converted", expert.Memory is null ? null : "converted");
        Assert.NotEqual(plain.Hash, source.Hash);
        Assert.Equal(type, source.ComputeType);
    }

    [Fact]
    public void Open_RowsThatAreNoWholeBlocks_StayF32()
    {
        using var source = ModelSource.Open(TinySafetensors.Create().WriteTo(_folder), WeightType.Q8_0);
        using var expert = source.Expert(0, 0);
        Assert.Equal((WeightType.Q8_0, WeightType.F32), (expert.Gate.Type, expert.Down.Type));
    }

    [Fact]
    public void Hash_SameBytesElsewhere_IsTheSame_AndOtherBytesAreNot()
    {
        var bytes = TinyGguf.Create().ToArray();
        using var first = ModelSource.Open(_folder.Write("a.gguf", bytes));
        using var second = ModelSource.Open(_folder.Write("b.gguf", bytes));
        bytes[^100] ^= 1;
        using var third = ModelSource.Open(_folder.Write("c.gguf", bytes));
        Assert.Equal(first.Hash, second.Hash);
        Assert.NotEqual(first.Hash, third.Hash);
        Assert.Matches("^[0-9a-f]{32}$", first.Hash);
    }

    [Fact]
    public void Open_SplitFiles_GiveTheWholeModel()
    {
        var whole = TinyGguf.Create();
        using var expected = ModelSource.Open(_folder.Write("whole.gguf", whole.ToArray()));
        var first = TinyGguf.Create();
        var second = new TinyGguf();
        second.Tensors.AddRange(first.Tensors.Skip(10));
        first.Tensors.RemoveRange(10, first.Tensors.Count - 10);
        foreach (var (part, number) in new[] { (first, 0u), (second, 1u) })
        {
            part.Set("split.no", number);
            part.Set("split.count", 2u);
            part.Set("split.tensors.count", whole.Tensors.Count);
        }

        _folder.Write("tiny-00002-of-00002.gguf", second.ToArray());
        using var source = ModelSource.Open(_folder.Write("tiny-00001-of-00002.gguf", first.ToArray()));
        Assert.Equal(expected.Tensors.Select(tensor => tensor.Name), source.Tensors.Select(tensor => tensor.Name));
        using var one = expected.Expert(1, 2);
        using var other = source.Expert(1, 2);
        Assert.Equal(Floats(one.Up), Floats(other.Up));
        Assert.Contains("open the first part", ModelFolder.Refusal(_folder.File("tiny-00002-of-00002.gguf")), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ExpertsInTensorsOfTheirOwn_AreFound()
    {
        var file = TinyGguf.Create("llama");
        var stacked = file.Tensors.Where(tensor => tensor.Name.EndsWith("_exps.weight", StringComparison.Ordinal)).ToList();
        foreach (var tensor in stacked)
        {
            file.Tensors.Remove(tensor);
            for (var expert = 0; expert < TinyGguf.Experts; expert++)
                file.Add(tensor.Name.Replace("_exps", $".{expert}", StringComparison.Ordinal), (int)tensor.Dimensions[0], (int)tensor.Dimensions[1]);
        }

        using var source = ModelSource.Open(_folder.Write("old.gguf", file.ToArray()));
        using var last = source.Expert(1, 2);
        Assert.Equal((32, 32), (last.Down.Rows, last.Down.Columns));
    }

    [Theory]
    [InlineData("qwen3moe", null, true)]
    [InlineData("llama", null, true)]
    [InlineData("olmoe", null, false)]
    [InlineData("qwen3moe", false, false)]
    [InlineData("llama", true, true)]
    public void Open_ExpertWeightsNorm_IsTheFilesOrTheArchitectures(string architecture, bool? value, bool expected)
    {
        var file = TinyGguf.Create(architecture);
        file.Set($"{architecture}.expert_weights_norm", value);
        if (architecture == "olmoe")
            AddOlmoeNorms(file);
        using var source = ModelSource.Open(_folder.Write("tiny.gguf", file.ToArray()));
        Assert.Equal(expected, source.Config.Router.NormTopkProb);
        Assert.Equal(architecture == "llama" ? RopeStyle.Interleaved : RopeStyle.Half, source.Config.Rope.Style);
    }

    [Fact]
    public void Open_RopeKeys_AreReadAsLlamaCppReadsThem()
    {
        Assert.Null(Scaling(_ => { }));
        Assert.Equal(new RopeScaling.Linear(4), Scaling(file => file.Set("qwen3moe.rope.scaling.factor", 4f)));
        Assert.Null(Scaling(file =>
        {
            file.Set("qwen3moe.rope.scaling.type", "none");
            file.Set("qwen3moe.rope.scaling.factor", 4f);
        }));
        Assert.Equal(new RopeScaling.Yarn(4, 16, 1f + 0.1f * MathF.Log(4), 32, 1, true), Scaling(file =>
        {
            file.Set("qwen3moe.rope.scaling.type", "yarn");
            file.Set("qwen3moe.rope.scaling.factor", 4f);
            file.Set("qwen3moe.rope.scaling.original_context_length", 16u);
        }));
        Assert.Equal(new RopeScaling.Yarn(4, 16, 1.5f, 16, 2, true), Scaling(file =>
        {
            file.Set("qwen3moe.rope.scaling.type", "yarn");
            file.Set("qwen3moe.rope.scaling.factor", 4f);
            file.Set("qwen3moe.rope.scaling.original_context_length", 16u);
            file.Set("qwen3moe.rope.scaling.yarn_attn_factor", 1.5f);
            file.Set("qwen3moe.rope.scaling.yarn_beta_fast", 16f);
            file.Set("qwen3moe.rope.scaling.yarn_beta_slow", 2f);
        }));
        var factors = Assert.IsType<RopeScaling.FrequencyFactors>(Scaling(file =>
        {
            file.Add("rope_freqs.weight", 4);
            new[] { 1f, 2f, 4f, 8f }.CopyTo(file.Find("rope_freqs.weight").Values, 0);
        }));
        Assert.Equal([1f, 2f, 4f, 8f], factors.Divisors);
    }

    [Fact]
    public void Open_Yarn_ExtendsTheContext()
    {
        var file = TinyGguf.Create();
        file.Set("qwen3moe.rope.scaling.type", "yarn");
        file.Set("qwen3moe.rope.scaling.factor", 4f);
        file.Set("qwen3moe.rope.scaling.original_context_length", 32u);
        using var source = ModelSource.Open(_folder.Write("yarn.gguf", file.ToArray()));
        Assert.Equal(128, source.Config.MaxPositionEmbeddings);
    }

    [Theory]
    [InlineData("qwen3moe", 64u)]
    [InlineData("llama", 32u)]
    public void Open_NoExpertWidth_TakesWhatLlamaCppTakes(string architecture, uint feedForwardLength)
    {
        var file = TinyGguf.Create(architecture);
        file.Set($"{architecture}.expert_feed_forward_length", null);
        file.Set($"{architecture}.feed_forward_length", feedForwardLength);
        using var source = ModelSource.Open(_folder.Write("old.gguf", file.ToArray()));
        Assert.Equal(TinyGguf.Inner, source.Config.MoeIntermediateSize);
    }

    [Fact]
    public void Open_BiasAndWindowAndClip_AreReadFromTheFile()
    {
        var file = TinyGguf.Create("olmoe");
        AddOlmoeNorms(file);
        file.Add("blk.0.attn_q.bias", 32);
        file.Add("blk.0.attn_output.bias", 32);
        file.Set("olmoe.attention.clamp_kqv", 8f);
        file.Set("olmoe.attention.sliding_window", 16u);
        file.Add("output.weight", 32, 8);
        using var source = ModelSource.Open(_folder.Write("tiny.gguf", file.ToArray()));
        Assert.Equal([AttentionBias.Query | AttentionBias.Output, AttentionBias.None], source.Config.Layers.Select(layer => layer.AttentionBias));
        Assert.All(source.Config.Layers, layer => Assert.Equal(16, layer.SlidingWindow));
        Assert.Equal((8f, false), (source.Config.ClipQkv, source.Config.TieWordEmbeddings));
    }

    [Fact]
    public void Open_DenseLayer_IsTheOneWithoutARouter()
    {
        var file = TinyGguf.Create();
        file.Tensors.RemoveAll(tensor => tensor.Name.StartsWith("blk.0.ffn_g", StringComparison.Ordinal) || tensor.Name.Contains("blk.0.ffn_up_exps", StringComparison.Ordinal) || tensor.Name.Contains("blk.0.ffn_down_exps", StringComparison.Ordinal));
        file.Add("blk.0.ffn_gate.weight", 32, 32);
        file.Add("blk.0.ffn_up.weight", 32, 32);
        file.Add("blk.0.ffn_down.weight", 32, 32);
        using var source = ModelSource.Open(_folder.Write("tiny.gguf", file.ToArray()));
        Assert.Equal([(false, 32), (true, 0)], source.Config.Layers.Select(layer => (layer.IsMoE, layer.DenseIntermediateSize)));
        Assert.Throws<ArgumentException>(() => source.ExpertBytes(0));
    }

    [Fact]
    public void Generation_EndTokens_AreTheFilesAndThoseOfChatFormats()
    {
        using var bundled = ModelSource.Open(Path.Combine(Root(), "models", "quarto-8m-q8_0.gguf"));
        using var directory = ModelSource.Open(Path.Combine(s_fixtures, "quarto-8m"));
        Assert.Equal(directory.Generation.EosTokenIds.Order(), bundled.Generation.EosTokenIds.Order());
        Assert.Equal(0.8f, directory.Generation.Temperature);
        Assert.Equal(20, bundled.Generation.TopK);
    }

    public void Dispose() => _folder.Dispose();

    private RopeScaling? Scaling(Action<TinyGguf> change)
    {
        var file = TinyGguf.Create();
        change(file);
        using var source = ModelSource.Open(_folder.Write("rope.gguf", file.ToArray()));
        return source.Config.Rope.Scaling;
    }

    private static void AddOlmoeNorms(TinyGguf file)
    {
        for (var layer = 0; layer < 2; layer++)
        {
            file.Add($"blk.{layer}.attn_q_norm.weight", 32);
            file.Add($"blk.{layer}.attn_k_norm.weight", 16);
        }
    }

    private static float[] Floats(WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
            Dequantize.Row(matrix.Type, matrix.Row(row), values.AsSpan(row * matrix.Columns, matrix.Columns));
        return values;
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "MoE.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException($"no MoE.sln above {AppContext.BaseDirectory}");
        return directory.FullName;
    }
}
