using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>Tokens per expert, in the order given.</summary>
internal static class ExpertLoadFormat
{
    private const int MinBytes = 3;

    public static void Write(WireWriter writer, ImmutableArray<ExpertLoad> loads)
    {
        writer.TakeExperts(loads.Length);
        writer.Number("loads", loads.Length);
        foreach (var load in loads)
        {
            writer.Number("load.layer", load.Expert.Layer, WireLimits.MaxIndex);
            writer.Number("load.expert", load.Expert.Expert, WireLimits.MaxIndex);
            writer.Number("load.tokens", load.Tokens);
        }
    }

    public static ImmutableArray<ExpertLoad> Read(WireReader reader)
    {
        var loads = new ExpertLoad[reader.Count("loads", WireLimits.MaxExperts, MinBytes)];
        reader.TakeExperts("loads", loads.Length);
        for (var i = 0; i < loads.Length; i++)
        {
            var layer = reader.Int("load.layer", WireLimits.MaxIndex);
            var expert = reader.Int("load.expert", WireLimits.MaxIndex);
            loads[i] = new ExpertLoad(new ExpertId(layer, expert), reader.Number("load.tokens"));
        }

        return ImmutableArray.Create(loads);
    }
}
