using System.CommandLine;

namespace MoE.Host;

/// <summary>Options that several commands share, each tied to the configuration key it sets.</summary>
internal sealed class CommonOptions
{
    private readonly List<(Option Option, string Key, Func<ParseResult, string?> Value)> _bound = [];

    public Option<FileInfo?> Config { get; } = new("--config") { Description = "HOCON file with moe.* and akka.* keys" };

    public CommonOptions Model() => Add<string>(SettingKeys.Model, "--model", "GGUF file, safetensors directory, or a bundled model's name", "-m");

    public CommonOptions Type() => Add<string>(SettingKeys.Type, "--type", "Convert matrices on load: f32, f16, bf16, q8_0, q4_0");

    public CommonOptions KvCacheType() => Add<string>(SettingKeys.KvCacheType, "--kv-cache-type", "How keys and values are stored: f32, bf16, f16");

    public CommonOptions Threads() => Add<int?>(SettingKeys.Threads, "--threads", "Compute threads of a process; 0 takes all processors", "-t");

    public CommonOptions Http() => Add<string>(SettingKeys.HttpUrl, "--http", "Where the HTTP front listens");

    public CommonOptions ApiKey() => Add<string>(SettingKeys.ApiKeys, "--api-key", "Key that requests must carry; several with commas");

    public CommonOptions Host() => Add<string>(SettingKeys.Host, "--host", "Address that other nodes reach this process at");

    public CommonOptions Port() => Add<int?>(SettingKeys.Port, "--port", "Port of the cluster; 0 takes a free one");

    public CommonOptions LanePort() => Add<int?>(SettingKeys.LanePort, "--lane-port", "Port of the data lane; 0 takes a free one");

    public CommonOptions Seeds(string name, string description) => Add<string>(SettingKeys.Seeds, name, description);

    public CommonOptions Memory() => Add<string>(SettingKeys.MemoryBudget, "--memory", "Most bytes of experts here: auto, or a number with K, M, G, T");

    public CommonOptions MinNodes() => Add<int?>(SettingKeys.MinNodes, "--min-nodes", "Expert nodes to wait for before the first placement");

    public CommonOptions Cache() => Add<string>(SettingKeys.WeightsCache, "--cache", "Folder for experts that were fetched from peers");

    public CommonOptions LogLevel() => Add<string>(SettingKeys.LogLevel, "--log-level", "Least severe messages on stderr: debug, info, warning, error");

    public CommonOptions ShutdownTimeout() => Add<string>(SettingKeys.ShutdownTimeout, "--shutdown-timeout", "Longest orderly end after SIGTERM or Ctrl-C: 30s, 2m");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var (option, _, _) in _bound)
            command.Options.Add(option);
        command.Options.Add(Config);
    }

    /// <summary>The configuration of an invocation.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <param name="overlays">Shipped overlays, the strongest first.</param>
    public Akka.Configuration.Config Build(ParseResult result, params string[] overlays) =>
        ConfigurationBuilder.Build(overlays, result.GetValue(Config)?.FullName, Environment.GetEnvironmentVariable, Flags(result));

    /// <summary>The keys that flags set.</summary>
    /// <exception cref="Akka.Configuration.ConfigurationException">A flag is there without a value, as where a shell's variable is not set: to take the default for it would open a door that <c>--api-key</c> was to close.</exception>
    public Dictionary<string, string> Flags(ParseResult result)
    {
        var flags = new Dictionary<string, string>();
        foreach (var (option, key, value) in _bound)
        {
            if (value(result) is { } text)
                flags[key] = text;
            else if (result.GetResult(option) is { Implicit: false })
                throw new Akka.Configuration.ConfigurationException($"{option.Name}: is empty; leave it out to take what is configured");
        }

        return flags;
    }

    private CommonOptions Add<T>(string key, string name, string description, params string[] aliases)
    {
        var option = new Option<T?>(name, aliases) { Description = description };
        _bound.Add((option, key, result => Convert.ToString(result.GetValue(option), System.Globalization.CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null));
        return this;
    }
}
