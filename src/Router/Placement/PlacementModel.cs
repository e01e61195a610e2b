using MoE.Model;

namespace MoE.Router;

/// <summary>What the planner knows of the model: its MoE layers and the bytes of one of their experts.</summary>
/// <param name="NumExperts">Experts per MoE layer.</param>
/// <param name="Layers">MoE layers, ascending, with the bytes of one expert.</param>
public sealed record PlacementModel(int NumExperts, IReadOnlyList<(int Layer, long ExpertBytes)> Layers)
{
    /// <summary>Bytes of all routed experts.</summary>
    public long TotalBytes => Layers.Sum(layer => layer.ExpertBytes * NumExperts);

    public static PlacementModel Of(ModelSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new PlacementModel(
            source.Config.Router.NumExperts,
            [.. Enumerable.Range(0, source.Config.NumHiddenLayers)
                .Where(layer => source.Config.Layers[layer].IsMoE)
                .Select(layer => (layer, source.ExpertBytes(layer)))]);
    }
}
