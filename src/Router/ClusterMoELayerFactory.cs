using MoE.Kernels;
using MoE.Model;

namespace MoE.Router;

/// <summary>Makes layers whose routed experts are on the cluster's nodes.</summary>
/// <param name="cluster">The front's way to them.</param>
/// <param name="pool">The front's compute threads.</param>
/// <param name="overlapTokens">Tokens from which a batch is cut in two.</param>
public sealed class ClusterMoELayerFactory(ClusterLink cluster, ComputePool pool, int overlapTokens) : IMoELayerFactory
{
    public IMoELayer Create(int layer, SharedExpert? shared) => new MoELayer(layer, shared, cluster, pool, overlapTokens);
}
