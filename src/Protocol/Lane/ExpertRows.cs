namespace MoE.Protocol;

/// <summary>The rows of a frame that one expert computes.</summary>
/// <param name="Expert">The expert's index in the layer.</param>
/// <param name="Rows">Indices into the frame's rows, ascending.</param>
public sealed record ExpertRows(int Expert, int[] Rows);
