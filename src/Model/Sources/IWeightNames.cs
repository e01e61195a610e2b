namespace MoE.Model;

/// <summary>How one format (and family) names its weights.</summary>
internal interface IWeightNames
{
    /// <summary>The tensor that plays <paramref name="role"/>; it need not exist.</summary>
    /// <param name="role">Any role.</param>
    /// <param name="layer">The layer, or -1 for the roles outside the layers.</param>
    string Name(TensorRole role, int layer);

    /// <summary>Where one part of one routed expert lies.</summary>
    ExpertPartLocation Expert(ExpertPart part, int layer, int expert);

    /// <summary>Whether a tensor that plays no role may be there all the same: the output is the same without it, or it is read elsewhere.</summary>
    bool MayStayUnread(string tensor);
}

/// <summary>A routed expert's matrices.</summary>
internal enum ExpertPart
{
    Gate,
    Up,
    Down,
}

/// <summary>A routed expert's matrix inside a tensor.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Index">Index into a stacked [E, R, C] tensor, or null where the expert has an [R, C] tensor of its own.</param>
/// <param name="FirstRow">First of the part's rows among the R: 0, or I for the second half of a fused gate_up_proj.</param>
/// <param name="RowsPerExpert">R where the tensor holds more than the part (2·I for a fused gate_up_proj), or null.</param>
internal sealed record ExpertPartLocation(string Tensor, int? Index, int FirstRow = 0, int? RowsPerExpert = null);
