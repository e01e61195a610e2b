using System.Text.RegularExpressions;

namespace MoE.Host;

/// <summary>From what people type to a model's files: a path, or the name of a bundled model.</summary>
internal static partial class ModelLocator
{
    private const string BundledFolder = "models";

    /// <exception cref="FileNotFoundException">Neither a path nor a bundled name.</exception>
    public static string Find(string model)
    {
        if (File.Exists(model) || Directory.Exists(model))
            return Path.GetFullPath(model);
        var bundled = Bundled();
        if (bundled.TryGetValue(model, out var path))
            return path;
        throw new FileNotFoundException(
            $"--model {model}: no such file or directory, and no bundled model of that name (bundled: {string.Join(", ", bundled.Keys.Order())})");
    }

    /// <summary>What clients name where nobody says otherwise: the bundled name, or the file's or directory's name.</summary>
    public static string DefaultId(string model) =>
        NotInName().Replace(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model))), "");

    /// <summary>Bundled models by name: the file's name, and the part before its type.</summary>
    private static Dictionary<string, string> Bundled()
    {
        var models = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var folder = Path.Combine(AppContext.BaseDirectory, BundledFolder);
        if (!Directory.Exists(folder))
            return models;
        foreach (var file in Directory.GetFiles(folder, "*.gguf").Order())
        {
            var name = Path.GetFileNameWithoutExtension(file);
            models[name] = file;
            models.TryAdd(name[..Math.Max(name.LastIndexOf('-'), 0)] is { Length: > 0 } shortName ? shortName : name, file);
        }

        return models;
    }

    [GeneratedRegex(@"(-\d{5}-of-\d{5})?\.gguf\z", RegexOptions.CultureInvariant)]
    private static partial Regex NotInName();
}
