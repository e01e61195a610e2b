namespace MoE.Model;

/// <summary>
/// transformers' tensor names. Experts come one by one (<c>gate_proj</c>, or Mixtral's <c>w1</c>, <c>w3</c>, <c>w2</c>), or stacked and
/// fused as <c>gate_up_proj</c> [E, 2I, H] and <c>down_proj</c> [E, H, I]; which, shows in the file.
/// </summary>
internal sealed class HuggingFaceWeightNames(TensorTable table, ModelConfig config) : IWeightNames
{
    private const string LmHead = "lm_head.weight";

    public string Name(TensorRole role, int layer) => role switch
    {
        TensorRole.TokenEmbedding => "model.embed_tokens.weight",
        TensorRole.FinalNorm => "model.norm.weight",
        TensorRole.LmHead => LmHead,
        _ => $"model.layers.{layer}.{InLayer(role, layer)}",
    };

    public ExpertPartLocation Expert(ExpertPart part, int layer, int expert)
    {
        var experts = $"model.layers.{layer}.{Block(layer)}.experts.";
        if (table.Contains(experts + "gate_up_proj"))
            return Fused(part, experts, expert);
        var mixtral = table.Contains($"{experts}{expert}.w1.weight");
        var name = part switch
        {
            ExpertPart.Gate => mixtral ? "w1" : "gate_proj",
            ExpertPart.Up => mixtral ? "w3" : "up_proj",
            _ => mixtral ? "w2" : "down_proj",
        };
        return new ExpertPartLocation($"{experts}{expert}.{name}.weight", null);
    }

    /// <summary>
    /// transformers loads the decoder and its head: other heads (a classifier, a value function, a draft of next tokens) lie beside them. A
    /// head is stored now and then though it is tied, and old releases stored what rope_theta gives.
    /// </summary>
    public bool MayStayUnread(string tensor) =>
        !(tensor.StartsWith("model.", StringComparison.Ordinal) || tensor.StartsWith("lm_head.", StringComparison.Ordinal))
        || (tensor == LmHead && config.TieWordEmbeddings)
        || tensor.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    private ExpertPartLocation Fused(ExpertPart part, string experts, int expert)
    {
        var inner = config.MoeIntermediateSize;
        return part switch
        {
            ExpertPart.Gate => new ExpertPartLocation(experts + "gate_up_proj", expert, 0, 2 * inner),
            ExpertPart.Up => new ExpertPartLocation(experts + "gate_up_proj", expert, inner, 2 * inner),
            _ => new ExpertPartLocation(experts + "down_proj", expert),
        };
    }

    private string Block(int layer) =>
        table.Contains($"model.layers.{layer}.block_sparse_moe.gate.weight") ? "block_sparse_moe" : "mlp";

    private string InLayer(TensorRole role, int layer) => role switch
    {
        TensorRole.InputNorm => "input_layernorm.weight",
        TensorRole.QProj => "self_attn.q_proj.weight",
        TensorRole.KProj => "self_attn.k_proj.weight",
        TensorRole.VProj => "self_attn.v_proj.weight",
        TensorRole.OProj => "self_attn.o_proj.weight",
        TensorRole.QBias => "self_attn.q_proj.bias",
        TensorRole.KBias => "self_attn.k_proj.bias",
        TensorRole.VBias => "self_attn.v_proj.bias",
        TensorRole.OBias => "self_attn.o_proj.bias",
        TensorRole.QNorm => "self_attn.q_norm.weight",
        TensorRole.KNorm => "self_attn.k_norm.weight",
        TensorRole.PostAttentionNorm => "post_attention_layernorm.weight",
        TensorRole.Router => Block(layer) + ".gate.weight",
        TensorRole.SharedExpertRouter => "mlp.shared_expert_gate.weight",
        TensorRole.SharedGateProj => "mlp.shared_expert.gate_proj.weight",
        TensorRole.SharedUpProj => "mlp.shared_expert.up_proj.weight",
        TensorRole.SharedDownProj => "mlp.shared_expert.down_proj.weight",
        TensorRole.DenseGateProj => "mlp.gate_proj.weight",
        TensorRole.DenseUpProj => "mlp.up_proj.weight",
        TensorRole.DenseDownProj => "mlp.down_proj.weight",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "is no role of a layer"),
    };
}
