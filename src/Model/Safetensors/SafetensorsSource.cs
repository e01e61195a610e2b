using MoE.Kernels;

namespace MoE.Model;

/// <summary>Opens directories as Hugging Face publishes them.</summary>
internal static class SafetensorsSource
{
    private const string ConfigFile = "config.json";

    /// <param name="directory">Holds config.json, the weights and the tokenizer.</param>
    /// <param name="type">Convert matrices on load, or null.</param>
    /// <exception cref="ModelFormatException">The directory cannot be served.</exception>
    public static ModelSource Open(string directory, WeightType? type)
    {
        var configPath = Path.Combine(directory, ConfigFile);
        if (!File.Exists(configPath))
            throw new ModelFormatException($"{configPath}: the file is missing; a directory of safetensors needs it, and a GGUF file is opened by its own name");
        using var json = JsonFile.Read(configPath);
        var fields = JsonFields.Root(configPath, json);
        var config = HuggingFaceConfigReader.Read(fields, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))));
        var generation = HuggingFaceText.Generation(directory, fields, config.VocabSize);
        var template = HuggingFaceText.ChatTemplate(directory);
        var files = SafetensorsShards.Open(directory);
        var table = new TensorTable();
        foreach (var file in files)
            table.Own(file.Memory);
        try
        {
            Fill(table, files);
            var names = new HuggingFaceWeightNames(table, config);
            return new TableModelSource(
                directory, config, table, names, type,
                () => ModelHash.Compute(
                    [.. files.Select(file => new HashedFile(file.Memory, file.HeaderBytes))], RoleShapes.Stored(config, table, names), config, type),
                template,
                generation,
                () => HuggingFaceText.CreateTokenizer(directory));
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    private static void Fill(TensorTable table, List<SafetensorsFile> files)
    {
        foreach (var file in files)
        {
            foreach (var tensor in file.Tensors)
            {
                var type = SafetensorsDType.WeightType(tensor.DType) ?? throw new ModelFormatException(
                    $"{file.Path}: tensor '{Names.Printable(tensor.Name)}' has dtype {tensor.DType}, which is not supported; supported are F32, F16, BF16");
                table.Add(new StoredTensor(
                    new TensorInfo(tensor.Name, type.Name(), tensor.Shape, tensor.Bytes, file.Path), type, file.Memory, tensor.Offset));
            }
        }
    }
}
