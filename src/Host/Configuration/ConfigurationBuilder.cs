using Akka.Configuration;

namespace MoE.Host;

/// <summary>
/// Layers a process's configuration: flags over environment variables over <c>--config FILE</c> over the role's overlay over
/// the shipped defaults.
/// </summary>
internal static class ConfigurationBuilder
{
    /// <param name="overlays">Shipped overlays, the strongest first.</param>
    /// <param name="file">A user's HOCON file, or null.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="flags">Keys that flags set, with their values.</param>
    /// <exception cref="ConfigurationException">A file does not parse, or does not exist; a key is unknown, or its value of a wrong kind.</exception>
    public static Config Build(
        IEnumerable<string> overlays, string? file, Func<string, string?> environment, IReadOnlyDictionary<string, string> flags)
    {
        var reference = HoconFiles.Read("reference");
        var config = Checked(Entries(flags), "", reference)
            .WithFallback(Checked(Entries(FromEnvironment(environment)), "", reference));
        if (file is not null)
            config = config.WithFallback(Checked(ReadFile(file), $"--config {file}: ", reference));
        foreach (var overlay in overlays)
            config = config.WithFallback(HoconFiles.Read(overlay));
        return config.WithFallback(HoconFiles.Read("akka")).WithFallback(reference);
    }

    private static Config Checked(Config written, string where, Config reference)
    {
        ReferenceCheck.Check(written, where, reference);
        return written;
    }

    private static Dictionary<string, string> FromEnvironment(Func<string, string?> environment)
    {
        var values = new Dictionary<string, string>();
        foreach (var setting in SettingKeys.All)
        {
            if (environment(setting.Environment) is { Length: > 0 } value)
                values[setting.Key] = value;
        }

        return values;
    }

    private static Config ReadFile(string file)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"--config {file}: no such file");
        try
        {
            var text = File.ReadAllText(file);
            HoconBrackets.Check(text);
            return ConfigurationFactory.ParseString(text);
        }
        catch (NullReferenceException exception)
        {
            throw new ConfigurationException($"--config {file}: does not parse; 'include' is not supported", exception);
        }
        catch (Exception exception) when (exception is not IOException)
        {
            throw new ConfigurationException($"--config {file}: {exception.Message}", exception);
        }
    }

    private static Config Entries(IReadOnlyDictionary<string, string> values)
    {
        var lines = values.Select(pair => $"{pair.Key} = {Value(pair.Key, pair.Value)}");
        return ConfigurationFactory.ParseString(string.Join('\n', lines));
    }

    private static string Value(string key, string value)
    {
        if (!SettingKeys.IsList(key))
            return Quote(value);
        var entries = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return entries.Length > 0
            ? $"[{string.Join(", ", entries.Select(Quote))}]"
            : throw new ConfigurationException($"{key} = '{value}': has no entry");
    }

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
