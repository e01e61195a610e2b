using System.Text.Json;

namespace MoE.Model;

/// <summary>The weight files of a directory: <c>model.safetensors</c>, or the shards of <c>model.safetensors.index.json</c>.</summary>
internal static class SafetensorsShards
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";
    private const int MaxShards = 10_000;

    /// <returns>The files in the order of their names.</returns>
    /// <exception cref="ModelFormatException">A file is missing, or does not hold what the index says.</exception>
    public static List<SafetensorsFile> Open(string directory)
    {
        var single = Path.Combine(directory, SingleFile);
        if (File.Exists(single))
            return [SafetensorsFile.Open(single)];
        var index = Path.Combine(directory, IndexFile);
        if (!File.Exists(index))
            throw new ModelFormatException($"{directory}: neither {SingleFile} nor {IndexFile} is there");
        return OpenShards(directory, index);
    }

    private static List<SafetensorsFile> OpenShards(string directory, string index)
    {
        using var json = JsonFile.Read(index);
        var map = WeightMap(json, index);
        var files = new List<SafetensorsFile>();
        try
        {
            foreach (var name in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                var path = Path.Combine(directory, name);
                if (!File.Exists(path))
                    throw new ModelFormatException($"{Path.Combine(directory, Names.Printable(name))}: the shard is missing; {index} names it");
                files.Add(SafetensorsFile.Open(path));
            }

            var byName = files.ToDictionary(file => Path.GetFileName(file.Path), StringComparer.Ordinal);
            foreach (var (tensor, file) in map)
            {
                if (!byName[file].Contains(tensor))
                    throw new ModelFormatException($"{byName[file].Path}: tensor '{Names.Printable(tensor)}' is missing; {index} says it is there");
            }

            return files;
        }
        catch
        {
            foreach (var file in files)
                file.Dispose();
            throw;
        }
    }

    private static Dictionary<string, string> WeightMap(JsonDocument json, string index)
    {
        if (json.RootElement.ValueKind != JsonValueKind.Object
            || !json.RootElement.TryGetProperty("weight_map", out var element)
            || element.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFormatException($"{index}: weight_map is missing or no object");
        }

        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in element.EnumerateObject())
        {
            var file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
            // A shard is a neighbour of its index; a path would let a model read other files.
            if (file.Length == 0 || file != Path.GetFileName(file) || !file.EndsWith(".safetensors", StringComparison.Ordinal))
                throw new ModelFormatException($"{index}: weight_map of '{Names.Printable(entry.Name)}' is '{Names.Printable(file)}'; it must be the name of a .safetensors file beside the index");
            if (!map.TryAdd(entry.Name, file))
                throw new ModelFormatException($"{index}: weight_map has '{Names.Printable(entry.Name)}' twice");
        }

        var shards = map.Values.Distinct(StringComparer.Ordinal).Count();
        return shards is > 0 and <= MaxShards
            ? map
            : throw new ModelFormatException($"{index}: weight_map names {shards} files; 1 to {MaxShards} are allowed");
    }
}
