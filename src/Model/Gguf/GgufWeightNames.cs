namespace MoE.Model;

/// <summary>llama.cpp's tensor names. Files from before April 2024 hold each expert's matrices in tensors of their own.</summary>
internal sealed class GgufWeightNames(TensorTable table) : IWeightNames
{
    public const string TokenEmbedding = "token_embd.weight";
    public const string LmHead = "output.weight";

    public string Name(TensorRole role, int layer) => role switch
    {
        TensorRole.TokenEmbedding => TokenEmbedding,
        TensorRole.FinalNorm => "output_norm.weight",
        TensorRole.LmHead => LmHead,
        _ => $"blk.{layer}.{InLayer(role)}",
    };

    public ExpertPartLocation Expert(ExpertPart part, int layer, int expert)
    {
        var name = part switch
        {
            ExpertPart.Gate => "gate",
            ExpertPart.Up => "up",
            _ => "down",
        };
        var stacked = $"blk.{layer}.ffn_{name}_exps.weight";
        var single = $"blk.{layer}.ffn_{name}.{expert}.weight";
        return !table.Contains(stacked) && table.Contains(single)
            ? new ExpertPartLocation(single, null)
            : new ExpertPartLocation(stacked, expert);
    }

    public bool MayStayUnread(string tensor) => tensor == GgufRope.FactorsTensor;

    private static string InLayer(TensorRole role) => role switch
    {
        TensorRole.InputNorm => "attn_norm.weight",
        TensorRole.QProj => "attn_q.weight",
        TensorRole.KProj => "attn_k.weight",
        TensorRole.VProj => "attn_v.weight",
        TensorRole.OProj => "attn_output.weight",
        TensorRole.QBias => "attn_q.bias",
        TensorRole.KBias => "attn_k.bias",
        TensorRole.VBias => "attn_v.bias",
        TensorRole.OBias => "attn_output.bias",
        TensorRole.QNorm => "attn_q_norm.weight",
        TensorRole.KNorm => "attn_k_norm.weight",
        TensorRole.PostAttentionNorm => "ffn_norm.weight",
        TensorRole.Router => "ffn_gate_inp.weight",
        TensorRole.SharedExpertRouter => "ffn_gate_inp_shexp.weight",
        TensorRole.SharedGateProj => "ffn_gate_shexp.weight",
        TensorRole.SharedUpProj => "ffn_up_shexp.weight",
        TensorRole.SharedDownProj => "ffn_down_shexp.weight",
        TensorRole.DenseGateProj => "ffn_gate.weight",
        TensorRole.DenseUpProj => "ffn_up.weight",
        TensorRole.DenseDownProj => "ffn_down.weight",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "is no role of a layer"),
    };
}
