using Akka.Configuration;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Host.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void Build_EverySource_FlagsWinOverEnvironmentOverFileOverOverlayOverDefaults()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("my.conf"), "moe.compute.threads = 3\nmoe.http.url = \"http://file:1\"\nmoe.node.host = \"10.0.0.3\"\nmoe.log-level = info");
        var environment = new Dictionary<string, string> { ["MOE_THREADS"] = "2", ["MOE_HTTP"] = "http://environment:1" };
        var config = ConfigurationBuilder.Build(
            ["seed"], directory.File("my.conf"), environment.GetValueOrDefault, new Dictionary<string, string> { [SettingKeys.Threads] = "1" });
        Assert.Equal(1, config.GetInt(SettingKeys.Threads));
        Assert.Equal("http://environment:1", config.GetString(SettingKeys.HttpUrl));
        Assert.Equal("10.0.0.3", config.GetString(SettingKeys.Host));
        Assert.Equal("quarto-8m", config.GetString(SettingKeys.Model));
    }

    [Fact]
    public void Build_Lists_AreCutAtCommas()
    {
        var config = ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string> { [SettingKeys.Seeds] = "10.0.0.1:4053, 10.0.0.2:4053" });
        Assert.Equal([("10.0.0.1", 4053), ("10.0.0.2", 4053)], NodeSettings.Read(config).Seeds);
    }

    [Fact]
    public void Build_MissingFile_NamesIt() => Assert.Contains(
        "/nowhere.conf", Assert.Throws<ConfigurationException>(() => ConfigurationBuilder.Build([], "/nowhere.conf", _ => null, new Dictionary<string, string>())).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(SettingKeys.Threads, "-1", "moe.compute.threads = -1")]
    [InlineData(SettingKeys.Type, "q3_z", "moe.type = q3_z")]
    [InlineData(SettingKeys.KvCacheType, "q8_0", "moe.engine.kv-cache-type = q8_0: must be one of f32, bf16, f16")]
    [InlineData(SettingKeys.Seeds, "nowhere", "moe.node.seeds = nowhere")]
    [InlineData(SettingKeys.Seeds, "host:99999", "moe.node.seeds = host:99999")]
    [InlineData(SettingKeys.MemoryBudget, "12Q", "moe.expert.memory-budget = 12Q")]
    [InlineData(SettingKeys.ShutdownTimeout, "soon", "moe.shutdown-timeout = soon")]
    [InlineData(SettingKeys.ShutdownTimeout, "0s", "moe.shutdown-timeout = 0s")]
    public void Read_BadValue_NamesKeyAndValue(string key, string value, string named)
    {
        var config = ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string> { [key] = value });
        Assert.Contains(named, Assert.Throws<ConfigurationException>(() => NodeSettings.Read(config)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1024", 1024L)]
    [InlineData("12G", 12L << 30)]
    [InlineData("3k", 3L << 10)]
    [InlineData("0", 0L)]
    public void Read_Memory_TakesUnits(string value, long bytes)
    {
        var config = ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string> { [SettingKeys.MemoryBudget] = value });
        Assert.Equal(bytes, NodeSettings.Read(config).MemoryBudgetBytes);
    }

    [Theory]
    [InlineData("q8_0", WeightType.Q8_0)]
    [InlineData("F32", WeightType.F32)]
    public void Read_Type_IsParsed(string value, WeightType type)
    {
        var config = ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string> { [SettingKeys.Type] = value });
        Assert.Equal(type, NodeSettings.Read(config).Type);
    }

    [Theory]
    [InlineData("bf16", WeightType.BF16)]
    [InlineData("F16", WeightType.F16)]
    public void ReadCache_SixteenBits_HoldsTwiceTheBlocksInTheSameBytes(string value, WeightType type)
    {
        using var source = ModelSource.Open(ModelLocator.Find("quarto-8m"));
        var wide = EngineFactory.ReadCache(Build(SettingKeys.KvCacheType, "f32"), source.Config, sharesPrefixes: true);
        var narrow = EngineFactory.ReadCache(Build(SettingKeys.KvCacheType, value), source.Config, sharesPrefixes: true);
        Assert.Equal(type, narrow.Type);
        Assert.InRange(narrow.MaxBlocks, 2 * wide.MaxBlocks, 2 * wide.MaxBlocks + 1);
    }

    [Fact]
    public void ReadCache_BudgetBelowABlock_SaysWhatABlockTakes()
    {
        using var source = ModelSource.Open(ModelLocator.Find("quarto-8m"));
        var error = Assert.Throws<ConfigurationException>(
            () => EngineFactory.ReadCache(Build("moe.engine.kv-cache-bytes", "100"), source.Config, sharesPrefixes: true));
        Assert.Contains("moe.engine.kv-cache-bytes = 100: one block of 32 positions takes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max-prefill-tokens-while-decoding", "0", "moe.engine.max-prefill-tokens-while-decoding = 0: must be 1 to 1048576")]
    [InlineData("max-batch-tokens", "63", "moe.engine.max-batch-tokens = 63: must be 64 to 1048576")]
    public void ReadEngine_OutOfRange_NamesKeyValueAndBound(string key, string value, string named) => Assert.Contains(
        named, Assert.Throws<ConfigurationException>(() => EngineFactory.ReadSettings(Build($"moe.engine.{key}", value))).Message, StringComparison.Ordinal);

    [Fact]
    public void ReadEngine_Reference_BoundsPromptsWhileOthersGenerate()
    {
        var settings = EngineFactory.ReadSettings(Build(SettingKeys.Threads, "1"));
        Assert.Equal((512, 128), (settings.MaxBatchTokens, settings.MaxPrefillTokensWhileDecoding));
    }

    [Theory]
    [InlineData("quarto-8m", "quarto-8m")]
    [InlineData("/models/olmoe-q8_0.gguf", "olmoe-q8_0")]
    [InlineData("/models/big-00001-of-00003.gguf", "big")]
    [InlineData("/models/Qwen3-30B-A3B/", "Qwen3-30B-A3B")]
    public void DefaultId_Model_IsWhatPeopleCallIt(string model, string id) => Assert.Equal(id, ModelLocator.DefaultId(model));

    [Fact]
    public void Find_Bundled_GivesTheFile() => Assert.EndsWith("quarto-8m-q8_0.gguf", ModelLocator.Find("quarto-8m"), StringComparison.Ordinal);

    [Fact]
    public void Find_Unknown_NamesWhatThereIs()
    {
        var message = Assert.Throws<FileNotFoundException>(() => ModelLocator.Find("nothing")).Message;
        Assert.Contains("--model nothing", message, StringComparison.Ordinal);
        Assert.Contains("quarto-8m", message, StringComparison.Ordinal);
    }

    [Fact]
    public void HttpSettings_Reference_AreValid()
    {
        var settings = HttpSettingsReader.Read(ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string>()));
        settings.Validate();
        Assert.Equal("http://127.0.0.1:8080", settings.Url);
    }

    private static Config Build(string key, string value) =>
        ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string> { [key] = value });
}
