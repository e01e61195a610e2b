using MoE.Kernels;

namespace MoE.Model;

/// <summary>A model's cache of keys and values.</summary>
/// <param name="MaxBlocks">Bound, at least 1, in blocks of <see cref="KvLayout.BlockPositions"/> positions.</param>
/// <param name="Type">How keys and values are stored: one of <see cref="KvMemory.Types"/>.</param>
/// <param name="SharesPrefixes">Whether full blocks are remembered for other sequences.</param>
public sealed record KvCacheSettings(int MaxBlocks, WeightType Type = WeightType.F32, bool SharesPrefixes = true);
