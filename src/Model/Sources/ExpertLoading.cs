using MoE.Kernels;

namespace MoE.Model;

/// <summary>From an expert as stored to the one that kernels read: the same for a mapped file and for bytes that a peer sent.</summary>
internal static class ExpertLoading
{
    /// <param name="stored">Views of the stored bytes.</param>
    /// <param name="type">Convert matrices, or null.</param>
    /// <param name="bytes">What the stored bytes lie in, to be released with the expert or when nothing reads it any more; null where it outlives it.</param>
    public static ExpertWeights Load(StoredExpert stored, WeightType? type, IDisposable? bytes)
    {
        var memories = new OwnedMemories();
        try
        {
            var gate = Convert(stored.Gate, type, memories);
            var up = Convert(stored.Up, type, memories);
            var down = Convert(stored.Down, type, memories);
            if (WeightPanels.TryPack(gate, up, down) is { } panels)
            {
                memories.Dispose();
                bytes?.Dispose();
                return new ExpertWeights(panels.Matrices[0], panels.Matrices[1], panels.Matrices[2], panels.Memory);
            }

            if (bytes is not null)
                memories.Add(bytes);
            return new ExpertWeights(gate, up, down, memories.IsEmpty ? null : memories);
        }
        catch
        {
            memories.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the loaded expert.</summary>
    public static long Bytes(ExpertTypes types, int hiddenSize, int intermediateSize, WeightType? type) =>
        Bytes(types.Gate, intermediateSize, hiddenSize, type)
        + Bytes(types.Up, intermediateSize, hiddenSize, type)
        + Bytes(types.Down, hiddenSize, intermediateSize, type);

    private static long Bytes(WeightType stored, int rows, int columns, WeightType? type) =>
        WeightPanels.Bytes(LoadedType.Of(stored, columns, type), rows, columns);

    private static WeightMatrix Convert(WeightMatrix view, WeightType? requested, OwnedMemories memories)
    {
        var type = LoadedType.Of(view.Type, view.Columns, requested);
        if (type == view.Type)
            return view;
        var (matrix, memory) = Quantize.Convert(view, type);
        memories.Add(memory);
        return matrix;
    }
}
