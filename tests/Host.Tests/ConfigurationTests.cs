using System.CommandLine;
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

    /// <summary>Keys that a variable was to hold and does not: the door would be open.</summary>
    [Theory]
    [InlineData(" ")]
    [InlineData(" , ")]
    public void Build_ListWithoutEntries_NamesItsKey(string value) => Assert.Equal(
        $"moe.http.api-keys = '{value}': has no entry",
        Assert.Throws<ConfigurationException>(() => ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string> { [SettingKeys.ApiKeys] = value })).Message);

    [Theory]
    [InlineData("--api-key")]
    [InlineData("--model")]
    public void Flags_EmptyValue_IsAMistake(string flag)
    {
        var options = new CommonOptions().Model().ApiKey();
        var command = new Command("moe");
        options.AddTo(command);
        Assert.Empty(options.Flags(command.Parse([])));
        Assert.Equal(
            $"{flag}: is empty; leave it out to take what is configured",
            Assert.Throws<ConfigurationException>(() => options.Flags(command.Parse([flag, ""]))).Message);
    }

    [Fact]
    public void Build_MissingFile_NamesIt() => Assert.Contains(
        "/nowhere.conf", Assert.Throws<ConfigurationException>(() => ConfigurationBuilder.Build([], "/nowhere.conf", _ => null, new Dictionary<string, string>())).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Open_CacheThatCannotBeMade_NamesKeyAndFolder()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("file"), "");
        var folder = directory.File("file/cache");
        var config = ConfigurationBuilder.Build(
            ["expert"], null, _ => null, new Dictionary<string, string> { [SettingKeys.FromPeers] = "on", [SettingKeys.WeightsCache] = folder });
        Assert.StartsWith(
            $"moe.weights.cache = {folder}: the folder cannot be made", Assert.Throws<ConfigurationException>(() => NodeCore.Open(config)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SettingKeys.Threads, "-1", "moe.compute.threads = -1: must be 0 to 1024")]
    [InlineData(SettingKeys.Threads, "1025", "moe.compute.threads = 1025: must be 0 to 1024")]
    [InlineData(SettingKeys.Port, "65536", "moe.node.port = 65536: must be 0 to 65535")]
    [InlineData(SettingKeys.LogLevel, "loud", "moe.log-level = loud: must be one of debug, info, warning, error")]
    [InlineData(SettingKeys.Type, "q3_z", "moe.type = q3_z")]
    [InlineData(SettingKeys.KvCacheType, "q8_0", "moe.engine.kv-cache-type = q8_0: must be one of f32, bf16, f16")]
    [InlineData(SettingKeys.Seeds, "nowhere", "moe.node.seeds = nowhere")]
    [InlineData(SettingKeys.Seeds, "host:99999", "moe.node.seeds = host:99999")]
    [InlineData(SettingKeys.MemoryBudget, "12Q", "moe.expert.memory-budget = 12Q")]
    [InlineData(SettingKeys.ShutdownTimeout, "soon", "moe.shutdown-timeout = soon")]
    [InlineData(SettingKeys.ShutdownTimeout, "0s", "moe.shutdown-timeout = 0s")]
    public void Read_BadValue_NamesKeyAndValue(string key, string value, string named)
    {
        Assert.Contains(named, Assert.Throws<ConfigurationException>(() => NodeSettings.Read(Build(key, value))).Message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("moe.engine.max-seqences = 3", "moe.engine.max-seqences: no such key")]
    [InlineData("moe { engines { max-waiting = 3 } }", "moe.engines: no such key")]
    [InlineData("moe = 3", "moe = 3: must be a section")]
    [InlineData("moe.engine = 3", "moe.engine = 3: must be a section")]
    [InlineData("moe.engine.max-waiting { a = 1 }", "moe.engine.max-waiting: must be a value")]
    [InlineData("moe.engine.max-waiting = many", "moe.engine.max-waiting = many: must be a whole number")]
    [InlineData("moe.engine.max-waiting = 1.5", "moe.engine.max-waiting = 1.5: must be a whole number")]
    [InlineData("moe.engine.prefix-cache = maybe", "moe.engine.prefix-cache = maybe: must be on or off")]
    [InlineData("moe.dispatch.hedge-factor = fast", "moe.dispatch.hedge-factor = fast: must be a number")]
    [InlineData("moe.dispatch.deadline = soon", "moe.dispatch.deadline = soon: must be a time")]
    [InlineData("moe.compute.threads = [1]", "moe.compute.threads = […]: must be one value")]
    [InlineData("moe.http.api-keys = one", "moe.http.api-keys = one: must be a list")]
    [InlineData("moe { engine {", "line 1: '{' is never closed")]
    [InlineData("moe {\n}\n}", "line 3: '}' closes nothing")]
    [InlineData("moe.http.api-keys = [a", "line 1: '[' is never closed")]
    [InlineData("moe.model = \"a", "line 1: a quote is never closed")]
    [InlineData("include \"other.conf\"", "'include' is not supported")]
    public void Build_FileWithAMistake_NamesFileAndKey(string text, string named)
    {
        var error = Assert.Throws<ConfigurationException>(() => BuildFile(text));
        Assert.StartsWith("--config ", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("moe.dispatch.hedge-factor = 2.5")]
    [InlineData("moe.dispatch.hedge-factor = 2")]
    [InlineData("moe.dispatch.deadline = 1500")]
    [InlineData("moe.engine.prefix-cache = false")]
    [InlineData("moe.placement.replicas = 3")]
    [InlineData("moe.weights.dispatcher { type = ForkJoinDispatcher, throughput = 3 }")]
    [InlineData("akka.loglevel = DEBUG, any.thing = { else = [1, 2] }")]
    [InlineData("# a { comment\nmoe.model = \"a {\" // and [ one")]
    [InlineData("moe.model = \"\"\"a\n{\"\"\"")]
    [InlineData("")]
    public void Build_File_IsTaken(string text) => Assert.False(BuildFile(text).IsEmpty);

    [Fact]
    public void Build_EnvironmentOfAnotherKind_NamesKeyAndValue() => Assert.Contains(
        "moe.compute.threads = all: must be a whole number",
        Assert.Throws<ConfigurationException>(() => ConfigurationBuilder.Build([], null, name => name == "MOE_THREADS" ? "all" : null, new Dictionary<string, string>())).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("seed")]
    [InlineData("expert")]
    [InlineData("front")]
    [InlineData("local")]
    public void Overlay_Shipped_HasKnownKeys(string name) => ReferenceCheck.Check(HoconFiles.Read(name), "", HoconFiles.Read("reference"));

    [Theory]
    [InlineData("0", "moe.http.max-connections = 0: must be 1 to 2147483647")]
    [InlineData("3000000000", "moe.http.max-connections = 3000000000: must be 1 to 2147483647")]
    public void ReadHttp_OutOfRange_NamesKeyValueAndBound(string value, string named) => Assert.Contains(
        named, Assert.Throws<ConfigurationException>(() => HttpSettingsReader.Read(Build("moe.http.max-connections", value))).Message, StringComparison.Ordinal);

    private static Config BuildFile(string text)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("my.conf"), text);
        return ConfigurationBuilder.Build([], directory.File("my.conf"), _ => null, new Dictionary<string, string>());
    }

    private static Config Build(string key, string value) =>
        ConfigurationBuilder.Build([], null, _ => null, new Dictionary<string, string> { [key] = value });
}
