using System.Collections.Immutable;
using System.Runtime.Serialization;

namespace MoE.Protocol;

/// <summary>
/// A set of experts: layers ascending, and in each layer the runs of consecutive experts. A layer is written as its distance
/// from the one before less one, a run as the gap before it and its length less one, so that no set has two spellings.
/// </summary>
internal static class ExpertSetFormat
{
    private const int MinLayerBytes = 4;
    private const int MinRunBytes = 2;

    public static void Write(WireWriter writer, IEnumerable<ExpertId> experts)
    {
        var layers = experts.Distinct().Order().GroupBy(expert => expert.Layer, expert => expert.Expert).ToList();
        writer.Number("layers", layers.Count, WireLimits.MaxIndex + 1);
        var previous = -1;
        foreach (var layer in layers)
        {
            writer.Number("layer", layer.Key - previous - 1, WireLimits.MaxIndex - previous - 1);
            previous = layer.Key;
            WriteRuns(writer, [.. layer]);
        }
    }

    public static ImmutableArray<ExpertId> Read(WireReader reader, string field)
    {
        var layers = reader.Count(field, WireLimits.MaxIndex + 1, MinLayerBytes);
        var experts = ImmutableArray.CreateBuilder<ExpertId>();
        var layer = -1;
        for (var i = 0; i < layers; i++)
        {
            layer += 1 + reader.Int(field, WireLimits.MaxIndex - layer - 1);
            ReadRuns(reader, field, layer, experts);
        }

        return experts.ToImmutable();
    }

    private static void WriteRuns(WireWriter writer, List<int> indices)
    {
        writer.TakeExperts(indices.Count);
        var runs = new List<(int First, int Count)>();
        foreach (var index in indices)
        {
            if (runs.Count > 0 && runs[^1] is var run && run.First + run.Count == index)
                runs[^1] = (run.First, run.Count + 1);
            else
                runs.Add((index, 1));
        }

        writer.Number("runs", runs.Count);
        var free = 0;
        foreach (var (first, count) in runs)
        {
            writer.Number("expert", first - free, WireLimits.MaxIndex - free);
            writer.Number("run", count - 1, WireLimits.MaxIndex - first);
            free = first + count + 1;
        }
    }

    private static void ReadRuns(WireReader reader, string field, int layer, ImmutableArray<ExpertId>.Builder experts)
    {
        var runs = reader.Count(field, WireLimits.MaxIndex + 1, MinRunBytes);
        if (runs == 0)
            throw new SerializationException($"{field}: layer {layer} without experts");
        var free = 0;
        for (var run = 0; run < runs; run++)
        {
            if (free > WireLimits.MaxIndex)
                throw new SerializationException($"{field}: an expert above {WireLimits.MaxIndex}");
            var first = free + reader.Int(field, WireLimits.MaxIndex - free);
            var count = 1 + reader.Int(field, WireLimits.MaxIndex - first);
            reader.TakeExperts(field, count);
            for (var expert = first; expert < first + count; expert++)
                experts.Add(new ExpertId(layer, expert));
            free = first + count + 1;
        }
    }
}
