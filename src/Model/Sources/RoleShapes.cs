namespace MoE.Model;

/// <summary>The shapes and the presence of weights that a configuration calls for.</summary>
internal static class RoleShapes
{
    private static readonly TensorRole[] OutsideLayers = [TensorRole.TokenEmbedding, TensorRole.FinalNorm, TensorRole.LmHead];

    private static readonly TensorRole[] InLayers =
        [.. Enum.GetValues<TensorRole>().Where(role => !OutsideLayers.Contains(role))];

    /// <summary>Every role with the layer it has in the model, -1 outside the layers.</summary>
    public static IEnumerable<(TensorRole Role, int Layer)> All(ModelConfig config)
    {
        foreach (var role in OutsideLayers)
            yield return (role, -1);
        for (var layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach (var role in InLayers)
                yield return (role, layer);
        }
    }

    /// <summary>The tensors of every role that is used: all but the routed experts.</summary>
    public static IEnumerable<StoredTensor> Stored(ModelConfig config, TensorTable table, IWeightNames names)
    {
        foreach (var (role, layer) in All(config))
        {
            if (IsUsed(config, role, layer) && table.TryGet(names.Name(role, layer), out var tensor))
                yield return tensor;
        }
    }

    /// <summary>Whether the arithmetic of <paramref name="config"/> reads the weight.</summary>
    public static bool IsUsed(ModelConfig config, TensorRole role, int layer) => role switch
    {
        TensorRole.LmHead => !config.TieWordEmbeddings,
        TensorRole.QBias => HasBias(config, layer, AttentionBias.Query),
        TensorRole.KBias => HasBias(config, layer, AttentionBias.Key),
        TensorRole.VBias => HasBias(config, layer, AttentionBias.Value),
        TensorRole.OBias => HasBias(config, layer, AttentionBias.Output),
        TensorRole.QNorm or TensorRole.KNorm => config.QkNorm != QkNorm.None,
        TensorRole.Router => config.Layers[layer].IsMoE,
        TensorRole.SharedExpertRouter or TensorRole.SharedGateProj or TensorRole.SharedUpProj or TensorRole.SharedDownProj =>
            config.Layers[layer].IsMoE && config.SharedExpertIntermediateSize > 0,
        TensorRole.DenseGateProj or TensorRole.DenseUpProj or TensorRole.DenseDownProj => !config.Layers[layer].IsMoE,
        _ => true,
    };

    /// <summary>The weight's shape, outermost first; one number for a norm or a bias.</summary>
    public static long[] Shape(ModelConfig config, TensorRole role, int layer)
    {
        long hidden = config.HiddenSize;
        var queries = (long)config.NumAttentionHeads * config.HeadDim;
        var keys = (long)config.NumKeyValueHeads * config.HeadDim;
        var perHead = config.QkNorm == QkNorm.PerHead;
        long shared = config.SharedExpertIntermediateSize;
        long dense = layer >= 0 ? config.Layers[layer].DenseIntermediateSize : 0;
        return role switch
        {
            TensorRole.TokenEmbedding or TensorRole.LmHead => [config.VocabSize, hidden],
            TensorRole.QProj => [queries, hidden],
            TensorRole.KProj or TensorRole.VProj => [keys, hidden],
            TensorRole.OProj => [hidden, queries],
            TensorRole.QBias => [queries],
            TensorRole.KBias or TensorRole.VBias => [keys],
            TensorRole.QNorm => [perHead ? config.HeadDim : queries],
            TensorRole.KNorm => [perHead ? config.HeadDim : keys],
            TensorRole.Router => [config.Router.NumExperts, hidden],
            TensorRole.SharedExpertRouter => [1, hidden],
            TensorRole.SharedGateProj or TensorRole.SharedUpProj => [shared, hidden],
            TensorRole.SharedDownProj => [hidden, shared],
            TensorRole.DenseGateProj or TensorRole.DenseUpProj => [dense, hidden],
            TensorRole.DenseDownProj => [hidden, dense],
            _ => [hidden],
        };
    }

    /// <summary>Rows and columns of a routed expert's matrix.</summary>
    public static (int Rows, int Columns) Expert(ModelConfig config, ExpertPart part) => part == ExpertPart.Down
        ? (config.HiddenSize, config.MoeIntermediateSize)
        : (config.MoeIntermediateSize, config.HiddenSize);

    private static bool HasBias(ModelConfig config, int layer, AttentionBias bias) =>
        (config.Layers[layer].AttentionBias & bias) != 0;
}
