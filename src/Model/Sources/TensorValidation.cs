using MoE.Kernels;

namespace MoE.Model;

/// <summary>Checks a table against the configuration before anything is computed with it.</summary>
internal static class TensorValidation
{
    /// <summary>YaRN's are between 1 and 2.</summary>
    private const float MostAttentionFactor = 1000;

    private static readonly ExpertPart[] Parts = Enum.GetValues<ExpertPart>();

    /// <summary>
    /// Every weight the configuration reads is there, with its shape and whole blocks, and none is there that would change the
    /// arithmetic but that is not read: a bias that the configuration denies, a tensor of an architecture that came later.
    /// </summary>
    /// <exception cref="ModelFormatException">One line that names the file and the tensor.</exception>
    public static void Check(string file, ModelConfig config, TensorTable table, IWeightNames names)
    {
        var read = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (role, layer) in RoleShapes.All(config))
        {
            var name = names.Name(role, layer);
            if (RoleShapes.IsUsed(config, role, layer))
            {
                CheckShape(file, table, name, RoleShapes.Shape(config, role, layer));
                read.Add(name);
            }
            else if (role != TensorRole.LmHead)
            {
                CheckAbsent(table, name, config, role);
            }
        }

        CheckLayerCount(config, table, names);
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            if (config.Layers[layer].IsMoE)
                CheckExperts(file, config, table, names, layer, read);
        }

        CheckRope(file, config);
        if (table.Infos.FirstOrDefault(tensor => !read.Contains(tensor.Name) && !names.MayStayUnread(tensor.Name)) is { } unread)
        {
            throw new ModelFormatException(
                $"{unread.File}: tensor '{Names.Printable(unread.Name)}' is none that {config.Architecture} as configured reads; without it the output would be wrong");
        }
    }

    /// <summary>Numbers that are each allowed may together give an angle that is none, and logits that are none with it.</summary>
    private static void CheckRope(string file, ModelConfig config)
    {
        var (frequencies, attentionFactor) = RopeFrequencies.Compute(config.Rope);
        if (attentionFactor is not (> 0 and <= MostAttentionFactor))
            throw new ModelFormatException($"{file}: {config.Rope} multiplies queries and keys by {attentionFactor}; it must be above 0 and at most {MostAttentionFactor}");
        foreach (var frequency in frequencies)
        {
            if (!float.IsFinite(frequency * config.MaxPositionEmbeddings))
                throw new ModelFormatException($"{file}: {config.Rope} has a frequency of {frequency}; with {config.MaxPositionEmbeddings} positions its angles must be finite");
        }
    }

    private static void CheckAbsent(TensorTable table, string name, ModelConfig config, TensorRole role)
    {
        if (table.TryGet(name, out var tensor))
        {
            throw new ModelFormatException(
                $"{tensor.Info.File}: tensor '{name}' ({role}) is not read by {config.Architecture} as configured; without it the output would be wrong");
        }
    }

    private static void CheckLayerCount(ModelConfig config, TensorTable table, IWeightNames names)
    {
        var beyond = names.Name(TensorRole.InputNorm, config.NumHiddenLayers);
        if (table.TryGet(beyond, out var tensor))
            throw new ModelFormatException($"{tensor.Info.File}: tensor '{beyond}' belongs to a layer past the {config.NumHiddenLayers} configured");
    }

    private static void CheckExperts(string file, ModelConfig config, TensorTable table, IWeightNames names, int layer, HashSet<string> read)
    {
        foreach (var part in Parts)
        {
            var (rows, columns) = RoleShapes.Expert(config, part);
            for (var expert = 0; expert < config.Router.NumExperts; expert++)
            {
                var location = names.Expert(part, layer, expert);
                read.Add(location.Tensor);
                long held = location.RowsPerExpert ?? rows;
                if (location.Index is null)
                {
                    CheckShape(file, table, location.Tensor, [held, columns]);
                    continue;
                }

                CheckShape(file, table, location.Tensor, [config.Router.NumExperts, held, columns]);
                break;
            }
        }
    }

    private static void CheckShape(string file, TensorTable table, string name, long[] expected)
    {
        if (!table.TryGet(name, out var tensor))
            throw new ModelFormatException($"{file}: tensor '{name}' {Text(expected)} is missing");
        var shape = tensor.Info.Shape;
        if (!Trim(shape).SequenceEqual(Trim(expected)))
            throw new ModelFormatException($"{tensor.Info.File}: tensor '{name}' has shape {Text(shape)}; the configuration needs {Text(expected)}");
        if (expected.Any(length => length > int.MaxValue))
            throw new ModelFormatException($"{tensor.Info.File}: tensor '{name}' has shape {Text(shape)}; a dimension is at most {int.MaxValue}");
        if (shape[^1] % tensor.Type.BlockSize() != 0)
        {
            throw new ModelFormatException(
                $"{tensor.Info.File}: tensor '{name}' has rows of {shape[^1]} values; {tensor.Type.Name()} needs a multiple of {tensor.Type.BlockSize()}");
        }
    }

    /// <summary>A leading 1 says nothing: ggml drops it from [1, H].</summary>
    private static IEnumerable<long> Trim(IReadOnlyList<long> shape) =>
        shape is [1, _] ? shape.Skip(1) : shape;

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
