using System.Globalization;
using System.Text.Json.Nodes;

namespace MoE.Model.Tests;

/// <summary>Every flag of config.json that changes the arithmetic, and those that are refused.</summary>
public sealed class HuggingFaceConfigTests
{
    [Fact]
    public void Read_Qwen3_TakesShapesAndFlags()
    {
        var config = Read("qwen3_moe");
        Assert.Equal(ModelFamily.Qwen3Moe, config.Family);
        Assert.Equal((8, 32, 4, 2, 8, 64, 16), (config.VocabSize, config.HiddenSize, config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim, config.MaxPositionEmbeddings, config.MoeIntermediateSize));
        Assert.Equal((QkNorm.PerHead, true, 0), (config.QkNorm, config.TieWordEmbeddings, config.SharedExpertIntermediateSize));
        Assert.Equal(new RopeConfig(10_000f, 8, RopeStyle.Half, null), config.Rope);
    }

    [Theory]
    [InlineData("qwen3_moe", "true", true)]
    [InlineData("qwen3_moe", "false", false)]
    [InlineData("qwen3_moe", "absent", false)]
    [InlineData("qwen2_moe", "true", true)]
    [InlineData("qwen2_moe", "absent", false)]
    [InlineData("olmoe", "true", true)]
    [InlineData("olmoe", "absent", false)]
    [InlineData("mixtral", "absent", true)]
    public void Read_NormTopkProb_IsTheFilesOrTheFamilys(string family, string value, bool expected) =>
        Assert.Equal(expected, Read(family, config =>
        {
            config.Remove("norm_topk_prob");
            if (value != "absent")
                config["norm_topk_prob"] = value == "true";
        }).Router.NormTopkProb);

    [Theory]
    [InlineData("qwen3_moe", "", AttentionBias.None)]
    [InlineData("qwen3_moe", "attention_bias", AttentionBias.Qkv | AttentionBias.Output)]
    [InlineData("olmoe", "attention_bias", AttentionBias.Qkv | AttentionBias.Output)]
    [InlineData("qwen2_moe", "", AttentionBias.Qkv)]
    [InlineData("qwen2_moe", "!qkv_bias", AttentionBias.None)]
    [InlineData("mixtral", "", AttentionBias.None)]
    public void Read_Bias_IsTheFamilys(string family, string flag, AttentionBias bias) =>
        Assert.All(Read(family, config => Set(config, flag)).Layers, layer => Assert.Equal(bias, layer.AttentionBias));

    [Theory]
    [InlineData("olmoe", QkNorm.WholeProjection)]
    [InlineData("mixtral", QkNorm.None)]
    [InlineData("qwen2_moe", QkNorm.None)]
    [InlineData("qwen3_moe", QkNorm.PerHead)]
    public void Read_QkNorm_IsTheFamilys(string family, QkNorm norm) => Assert.Equal(norm, Read(family).QkNorm);

    [Theory]
    [InlineData(1, new int[0], "111111")]
    [InlineData(2, new int[0], "010101")]
    [InlineData(3, new int[0], "001001")]
    [InlineData(1, new[] { 0, 4 }, "011101")]
    [InlineData(2, new[] { 5 }, "010100")]
    public void Read_SparseStepAndMlpOnly_DecideTheLayers(int step, int[] mlpOnly, string moe)
    {
        var config = Read("qwen2_moe", json =>
        {
            json["num_hidden_layers"] = 6;
            json["decoder_sparse_step"] = step;
            json["mlp_only_layers"] = new JsonArray([.. mlpOnly.Select(layer => (JsonNode)layer)]);
        });
        Assert.Equal(moe, string.Concat(config.Layers.Select(layer => layer.IsMoE ? '1' : '0')));
        Assert.All(config.Layers, layer => Assert.Equal(layer.IsMoE ? 0 : 48, layer.DenseIntermediateSize));
        Assert.Equal(24, config.SharedExpertIntermediateSize);
    }

    [Theory]
    [InlineData("mixtral", "\"sliding_window\": 16", "16 16 16")]
    [InlineData("mixtral", "\"sliding_window\": null", "- - -")]
    [InlineData("qwen2_moe", "\"sliding_window\": 16, \"use_sliding_window\": false", "- - -")]
    [InlineData("qwen2_moe", "\"sliding_window\": 16, \"use_sliding_window\": true, \"layer_types\": [\"full_attention\", \"sliding_attention\", \"full_attention\"]", "- 16 -")]
    [InlineData("qwen3_moe", "\"sliding_window\": 16, \"use_sliding_window\": true", "16 16 16")]
    [InlineData("qwen3_moe", "\"sliding_window\": 16, \"use_sliding_window\": true, \"max_window_layers\": 2", "16 16 16")]
    [InlineData("qwen3_moe", "\"sliding_window\": 16, \"use_sliding_window\": true, \"layer_types\": [\"full_attention\", \"sliding_attention\", \"full_attention\"]", "- 16 -")]
    [InlineData("olmoe", "\"sliding_window\": 16", "- - -")]
    public void Read_SlidingWindow_IsPerLayer(string family, string fields, string windows)
    {
        var config = Read(family, json =>
        {
            json["num_hidden_layers"] = 3;
            Merge(json, fields);
        });
        Assert.Equal(windows, string.Join(' ', config.Layers.Select(layer => layer.SlidingWindow?.ToString(CultureInfo.InvariantCulture) ?? "-")));
    }

    [Fact]
    public void Read_RopeScaling_EachKind()
    {
        Assert.Equal(new RopeScaling.Linear(4), Scaling("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}"));
        Assert.Null(Scaling("\"rope_scaling\": {\"rope_type\": \"default\"}"));
        Assert.Null(Scaling("\"rope_scaling\": null"));
        Assert.Equal(
            new RopeScaling.Llama3(8, 1, 4, 32),
            Scaling("\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 32}"));
        Assert.Equal(
            new RopeScaling.Yarn(4, 16, (float)(0.1 * Math.Log(4) + 1), 32, 1, true),
            Scaling("\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 16}"));
        Assert.Equal(
            new RopeScaling.Yarn(4, 64, 1.5f, 16, 2, false),
            Scaling("\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"attention_factor\": 1.5, \"beta_fast\": 16, \"beta_slow\": 2, \"truncate\": false}"));
    }

    [Theory]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 32}", 128)]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 8}", 64)]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 1e30, \"original_max_position_embeddings\": 32}", int.MaxValue)]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 4}", 64)]
    public void Read_Yarn_ExtendsTheContext(string fields, int positions) =>
        Assert.Equal(positions, Read("qwen3_moe", json => Merge(json, fields)).MaxPositionEmbeddings);

    [Fact]
    public void Read_RopeParametersWithoutAType_ScaleNothing()
    {
        var rope = Read("qwen3_moe", json => Merge(json, "\"rope_parameters\": {\"rope_theta\": 5000.0}")).Rope;
        Assert.Equal(new RopeConfig(5000, 8, RopeStyle.Half, null), rope);
    }

    [Fact]
    public void Read_RopeScalingBesideEqualRopeParameters_IsRead()
    {
        const string Scaling = "{\"rope_type\": \"linear\", \"factor\": 2}";
        Assert.Equal(new RopeScaling.Linear(2), HuggingFaceConfigTests.Scaling($"\"rope_scaling\": {Scaling}, \"rope_parameters\": {Scaling}"));
    }

    [Fact]
    public void Read_RopeParameters_AreReadAsTransformers5WritesThem()
    {
        var rope = Read("qwen3_moe", json =>
        {
            json.Remove("rope_theta");
            Merge(json, "\"rope_parameters\": {\"rope_theta\": 5000.0, \"rope_type\": \"linear\", \"factor\": 2}");
        }).Rope;
        Assert.Equal(new RopeConfig(5000, 8, RopeStyle.Half, new RopeScaling.Linear(2)), rope);
    }

    [Theory]
    [InlineData("olmoe", 10_000f)]
    [InlineData("mixtral", 1_000_000f)]
    public void Read_NoRopeTheta_TakesTheFamilys(string family, float theta) =>
        Assert.Equal(theta, Read(family, json => json.Remove("rope_theta")).Rope.Theta);

    [Fact]
    public void Read_ClipQkv_IsOlmoes()
    {
        Assert.Equal(8f, Read("olmoe", json => json["clip_qkv"] = 8.0).ClipQkv);
        Assert.Null(Read("olmoe").ClipQkv);
    }

    [Fact]
    public void Read_NumLocalExperts_IsTheOtherName()
    {
        var config = Read("qwen3_moe", json =>
        {
            json.Remove("num_experts");
            json["num_local_experts"] = 5;
        });
        Assert.Equal(5, config.Router.NumExperts);
    }

    [Fact]
    public void Read_NoHeadDim_DividesTheHiddenSize() => Assert.Equal(8, Read("qwen3_moe", json => json.Remove("head_dim")).HeadDim);

    [Theory]
    [InlineData("\"model_type\": \"deepseek_v3\"", "model_type is 'deepseek_v3', which is not supported")]
    [InlineData("\"architectures\": [\"Qwen3MoeForSequenceClassification\"]", "Qwen3MoeForSequenceClassification")]
    [InlineData("\"hidden_act\": \"gelu\"", "hidden_act is 'gelu'")]
    [InlineData("\"quantization_config\": {\"quant_method\": \"gptq\"}", "quantization_config")]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"longrope\", \"factor\": 2}", "longrope")]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 2}", "dynamic")]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"linear\"}", "rope_scaling.factor is missing")]
    [InlineData("\"rope_scaling\": {\"factor\": 2}", "rope_scaling.rope_type is missing")]
    [InlineData(
        "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 1e6}, \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2}",
        "rope_scaling says Linear { Factor = 2 }, rope_parameters says default; only one of them may scale")]
    [InlineData("\"partial_rotary_factor\": 0.5", "partial_rotary_factor is 0.5")]
    [InlineData("\"n_shared_experts\": 2", "n_shared_experts is 2")]
    [InlineData("\"routed_scaling_factor\": 2.5", "routed_scaling_factor is 2.5")]
    [InlineData("\"num_experts\": 0", "num_experts is 0; it must be 1")]
    [InlineData("\"num_experts_per_tok\": 4", "num_experts_per_tok is 4; it must be 1 to 3")]
    [InlineData("\"num_hidden_layers\": -1", "num_hidden_layers is -1")]
    [InlineData("\"num_hidden_layers\": 1e9", "num_hidden_layers is 1e9")]
    [InlineData("\"hidden_size\": \"big\"", "hidden_size is \"big\"; it must be an integer")]
    [InlineData("\"num_key_value_heads\": 3", "num_attention_heads is 4, no multiple of num_key_value_heads, which is 3")]
    [InlineData("\"head_dim\": 7", "head_dim is 7")]
    [InlineData("\"rms_norm_eps\": null", "rms_norm_eps is missing")]
    [InlineData("\"rms_norm_eps\": 1e999", "rms_norm_eps")]
    [InlineData("\"rope_theta\": -1", "rope_theta is -1; it must be above 0")]
    [InlineData("\"layer_types\": [\"full_attention\"]", "layer_types is a list; it must be a list of 2 names")]
    [InlineData("\"layer_types\": [\"full_attention\", \"linear_attention\"]", "layer_types[1] is 'linear_attention'")]
    [InlineData("\"mlp_only_layers\": [0, 1]", "leave no layer with experts")]
    [InlineData("\"eos_token_id\": 8", "eos_token_id is 8; it must be 0 to 7")]
    public void Open_Unsupported_IsRefusedByName(string fields, string named)
    {
        using var folder = new ModelFolder();
        var model = TinySafetensors.Create();
        Merge(model.Config, fields);
        var path = model.WriteTo(folder);
        if (fields.Contains("eos", StringComparison.Ordinal))
            Assert.Contains("eos_token_id", ModelFolder.Refusal(path), StringComparison.Ordinal);
        else
            Assert.Contains(named, ModelFolder.Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Qwen2MoeWindowWithoutLayerTypes_IsRefused() => Assert.Contains(
        "use_sliding_window is true; qwen2_moe is supported with it where layer_types says",
        Assert.Throws<ModelFormatException>(() => Read("qwen2_moe", json => Merge(json, "\"sliding_window\": 16, \"use_sliding_window\": true, \"max_window_layers\": 1"))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("\"top_p\": 1.5", "generation_config.json: top_p is 1.5; it must be 0 to 1")]
    [InlineData("\"min_p\": -0.5", "generation_config.json: min_p is -0.5; it must be 0 to 1")]
    [InlineData("\"temperature\": -1", "generation_config.json: temperature is -1; it must be 0")]
    [InlineData("\"repetition_penalty\": 0", "generation_config.json: repetition_penalty is 0; it must be 0.01 to 10")]
    [InlineData("\"top_k\": -2", "generation_config.json: top_k is -2; it must be -1")]
    [InlineData("\"eos_token_id\": [7, 8]", "generation_config.json: eos_token_id holds 8; integers of 0 to 7")]
    public void Open_SamplingDefaultsOutOfBounds_AreRefused(string fields, string named)
    {
        using var folder = new ModelFolder();
        TinySafetensors.Create().WriteTo(folder);
        File.WriteAllText(folder.File("generation_config.json"), $"{{{fields}}}");
        Assert.Contains(named, ModelFolder.Refusal(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SamplingDefaults_AreTaken()
    {
        using var folder = new ModelFolder();
        TinySafetensors.Create().WriteTo(folder);
        File.WriteAllText(folder.File("generation_config.json"), "{\"top_k\": -1, \"top_p\": 0.9, \"temperature\": 0, \"eos_token_id\": [3, 7]}");
        using var source = ModelSource.Open(folder.Path);
        Assert.Equal((0, 0.9f, 0f), (source.Generation.TopK, source.Generation.TopP, source.Generation.Temperature));
        Assert.Equal([3, 7], source.Generation.EosTokenIds);
    }

    private static RopeScaling? Scaling(string fields) => Read("qwen3_moe", json => Merge(json, fields)).Rope.Scaling;

    private static ModelConfig Read(string family, Action<JsonObject>? change = null)
    {
        var json = TinySafetensors.Create().Config;
        json["model_type"] = family;
        json.Remove("architectures");
        json["shared_expert_intermediate_size"] = 24;
        change?.Invoke(json);
        using var document = System.Text.Json.JsonDocument.Parse(json.ToJsonString());
        return HuggingFaceConfigReader.Read(JsonFields.Root("config.json", document), "tiny");
    }

    private static void Set(JsonObject json, string flag)
    {
        if (flag.Length > 0)
            json[flag.TrimStart('!')] = flag[0] != '!';
    }

    private static void Merge(JsonObject json, string fields)
    {
        foreach (var (name, value) in JsonNode.Parse($"{{{fields}}}")!.AsObject())
            json[name] = value?.DeepClone();
    }
}
