namespace MoE.Model;

/// <summary>Makes a model's MoE layers: local ones, or ones whose experts are spread over a cluster.</summary>
public interface IMoELayerFactory
{
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="shared">The layer's shared expert, which stays with the caller, or null.</param>
    IMoELayer Create(int layer, SharedExpert? shared);
}
