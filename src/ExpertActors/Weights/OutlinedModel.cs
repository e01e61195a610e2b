using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>From what the catalog says of a model to what a node loads experts with.</summary>
public static class OutlinedModel
{
    /// <exception cref="ModelFormatException">Such a model cannot be.</exception>
    public static FetchedExperts Open(ModelOutline outline)
    {
        ArgumentNullException.ThrowIfNull(outline);
        var layers = outline.Runs
            .GroupBy(run => run.Layer)
            .ToDictionary(
                layer => layer.Key,
                layer => (IReadOnlyList<ExpertTypes>)[.. layer.SelectMany(run =>
                    Enumerable.Repeat(new ExpertTypes((WeightType)run.Gate, (WeightType)run.Up, (WeightType)run.Down), run.Count))]);
        return new FetchedExperts(outline.ModelHash, outline.HiddenSize, outline.IntermediateSize, (WeightType?)outline.ComputeType, layers);
    }
}
