using MoE.Kernels;
using MoE.Model;

namespace MoE.Host;

/// <summary>What serving a model takes, once loaded.</summary>
/// <param name="LargestExpertBytes">The largest routed expert: what a placement moves at once.</param>
/// <param name="ExpertBytes">All routed experts.</param>
/// <param name="ExpertBytesPerNode">The most that one of the nodes holds when each layer's experts are spread evenly.</param>
/// <param name="FrontBytes">The matrices of everything else: attention, routers, shared experts, dense layers, embedding, head.</param>
/// <param name="CacheBytesPerThousandPositions">Keys and values of 1,000 positions.</param>
internal sealed record ModelNeeds(
    long LargestExpertBytes, long ExpertBytes, long ExpertBytesPerNode, long FrontBytes, long CacheBytesPerThousandPositions)
{
    private static readonly TensorRole[] s_layerMatrices =
    [
        TensorRole.QProj, TensorRole.KProj, TensorRole.VProj, TensorRole.OProj,
        TensorRole.SharedGateProj, TensorRole.SharedUpProj, TensorRole.SharedDownProj,
        TensorRole.DenseGateProj, TensorRole.DenseUpProj, TensorRole.DenseDownProj,
    ];

    /// <summary>Reads shapes only.</summary>
    /// <param name="source">The model, opened without a conversion.</param>
    /// <param name="type">The type that matrices would be converted to, or null.</param>
    /// <param name="nodes">Expert nodes.</param>
    /// <param name="cacheType">How keys and values are stored.</param>
    public static ModelNeeds Of(ModelSource source, WeightType? type, int nodes, WeightType cacheType)
    {
        var config = source.Config;
        var experts = config.Router.NumExperts;
        var moe = Enumerable.Range(0, config.NumHiddenLayers).Where(layer => config.Layers[layer].IsMoE).ToList();
        var bytes = moe.ConvertAll(layer =>
        {
            using var expert = source.Expert(layer, 0);
            return Loaded(expert.Gate, type) + Loaded(expert.Up, type) + Loaded(expert.Down, type);
        });
        return new ModelNeeds(
            bytes.DefaultIfEmpty().Max(),
            bytes.Sum() * experts,
            bytes.Sum() * ((experts + nodes - 1) / nodes),
            Front(source, type),
            1000L * config.NumHiddenLayers * 2 * cacheType.RowBytes(config.NumKeyValueHeads * config.HeadDim));
    }

    private static long Front(ModelSource source, WeightType? type)
    {
        var config = source.Config;
        var bytes = Loaded(source.Matrix(TensorRole.TokenEmbedding), type);
        if (!config.TieWordEmbeddings)
            bytes += Loaded(source.Matrix(TensorRole.LmHead), type);
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach (var role in s_layerMatrices)
            {
                if (source.Has(role, layer))
                    bytes += Loaded(source.Matrix(role, layer), type);
            }

            if (config.Layers[layer].IsMoE)
                bytes += (long)config.Router.NumExperts * config.HiddenSize * sizeof(float);
        }

        return bytes;
    }

    /// <summary>Bytes of a matrix after loading; one that is no multiple of the type's block keeps f32.</summary>
    private static long Loaded(WeightMatrix matrix, WeightType? type) => type is not { } target
        ? matrix.Bytes
        : matrix.Rows * (matrix.Columns % target.BlockSize() == 0 ? target : WeightType.F32).RowBytes(matrix.Columns);
}
