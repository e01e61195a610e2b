using MoE.Kernels;

namespace MoE.Model;

/// <summary>From an expert as stored to the one that kernels read: the same for a mapped file and for bytes that a peer sent.</summary>
internal static class ExpertLoading
{
    /// <param name="stored">Views of the stored bytes.</param>
    /// <param name="type">Convert matrices, or null.</param>
    /// <param name="bytes">What the stored bytes lie in, to be released with the expert, when nothing reads it any more, or when this throws; null where it outlives it.</param>
    public static ExpertWeights Load(StoredExpert stored, WeightType? type, IDisposable? bytes)
    {
        var memories = new OwnedMemories();
        try
        {
            var gate = ToLoadedType(stored.Gate, type, memories);
            var up = ToLoadedType(stored.Up, type, memories);
            var down = ToLoadedType(stored.Down, type, memories);
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
            bytes?.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the loaded expert.</summary>
    public static long Bytes(ExpertTypes types, int hiddenSize, int intermediateSize, WeightType? type) =>
        Bytes(types.Gate, intermediateSize, hiddenSize, type)
        + Bytes(types.Up, intermediateSize, hiddenSize, type)
        + Bytes(types.Down, hiddenSize, intermediateSize, type);

    /// <summary>The view, or a copy of it in another type.</summary>
    /// <param name="view">Of the stored bytes.</param>
    /// <param name="type">What it is to be.</param>
    /// <param name="memories">Gets the copy's memory.</param>
    public static WeightMatrix Convert(WeightMatrix view, WeightType type, OwnedMemories memories)
    {
        if (type == view.Type)
            return view;
        var (matrix, memory) = Quantize.Convert(view, type);
        memories.Add(memory);
        return matrix;
    }

    private static long Bytes(WeightType stored, int rows, int columns, WeightType? type) =>
        WeightPanels.Bytes(LoadedType.Of(stored, columns, type), rows, columns);

    private static WeightMatrix ToLoadedType(WeightMatrix view, WeightType? requested, OwnedMemories memories) =>
        Convert(view, LoadedType.Of(view.Type, view.Columns, requested), memories);
}
