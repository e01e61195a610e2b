using MoE.Kernels;

namespace MoE.Model;

/// <summary>A tensor and where its bytes are.</summary>
/// <param name="Info">Name, shape and file; the shape is outermost first.</param>
/// <param name="Type">How the numbers are stored.</param>
/// <param name="Memory">The file's mapping; the table owns it.</param>
/// <param name="Offset">The first byte in <paramref name="Memory"/>.</param>
internal sealed record StoredTensor(TensorInfo Info, WeightType Type, WeightMemory Memory, long Offset);
