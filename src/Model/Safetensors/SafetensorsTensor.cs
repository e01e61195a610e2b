namespace MoE.Model;

/// <summary>A tensor as the header declares it, checked.</summary>
/// <param name="Name">The name.</param>
/// <param name="DType">As the file spells it: <c>BF16</c>.</param>
/// <param name="Shape">Outermost first.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Bytes">Length.</param>
internal sealed record SafetensorsTensor(string Name, string DType, long[] Shape, long Offset, long Bytes);
