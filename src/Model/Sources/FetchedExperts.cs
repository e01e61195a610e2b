using System.Collections.Concurrent;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// The experts of a model whose files are elsewhere: its shape is known, an expert's bytes are put in by whoever fetched them, and
/// loading takes them out. Thread-safe. Disposing releases what was put in and not loaded.
/// </summary>
public sealed class FetchedExperts : IExpertSource, IDisposable
{
    /// <summary>Largest side of a matrix.</summary>
    private const int MaxColumns = 1 << 20;

    private readonly ConcurrentDictionary<(int, int), WeightMemory> _bytes = [];
    private readonly IReadOnlyDictionary<int, IReadOnlyList<ExpertTypes>> _layers;
    private readonly WeightType? _computeType;

    /// <param name="hash">The model's.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="intermediateSize">I of a routed expert.</param>
    /// <param name="computeType">What matrices are converted to, or null.</param>
    /// <param name="layers">MoE layers, with the types of each of their experts.</param>
    /// <exception cref="ModelFormatException">Such a model cannot be.</exception>
    public FetchedExperts(
        string hash, int hiddenSize, int intermediateSize, WeightType? computeType, IReadOnlyDictionary<int, IReadOnlyList<ExpertTypes>> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (hiddenSize is < 1 or > MaxColumns || intermediateSize is < 1 or > MaxColumns)
            throw new ModelFormatException($"model {hash}: experts of {intermediateSize} by {hiddenSize}; 1 to {MaxColumns} is allowed");
        Hash = hash;
        HiddenSize = hiddenSize;
        IntermediateSize = intermediateSize;
        _computeType = computeType;
        _layers = layers;
        foreach (var types in layers.Values.SelectMany(layer => layer).Distinct())
        {
            Check(types.Gate, hiddenSize);
            Check(types.Up, hiddenSize);
            Check(types.Down, intermediateSize);
        }

        void Check(WeightType type, int columns)
        {
            if (!WeightTypes.IsKnown(type) || columns % type.BlockSize() != 0)
                throw new ModelFormatException($"model {hash}: rows of {columns} values in {type.Name()}; no kernel reads them");
        }
    }

    public string Hash { get; }

    public int HiddenSize { get; }

    public int IntermediateSize { get; }

    public bool HasExpert(int layer, int expert) =>
        _layers.TryGetValue(layer, out var experts) && expert >= 0 && expert < experts.Count;

    public long ExpertBytes(int layer) =>
        _layers[layer].Distinct().Max(types => ExpertLoading.Bytes(types, HiddenSize, IntermediateSize, _computeType));

    /// <summary>Bytes of one expert as the files have it, which is what is fetched.</summary>
    public long StoredBytes(int layer, int expert)
    {
        var types = _layers[layer][expert];
        return IntermediateSize * (types.Gate.RowBytes(HiddenSize) + types.Up.RowBytes(HiddenSize))
            + HiddenSize * types.Down.RowBytes(IntermediateSize);
    }

    /// <summary>Puts an expert's bytes in; takes them over.</summary>
    public void Put(int layer, int expert, WeightMemory bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (bytes.Length != StoredBytes(layer, expert))
            throw new ArgumentException($"expert {layer}/{expert} has {StoredBytes(layer, expert)} bytes, these are {bytes.Length}", nameof(bytes));
        Drop(layer, expert);
        _bytes[(layer, expert)] = bytes;
    }

    /// <summary>Releases an expert's bytes that nobody will load.</summary>
    public void Drop(int layer, int expert)
    {
        if (_bytes.TryRemove((layer, expert), out var bytes))
            bytes.Dispose();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Its bytes were not put in, or were taken out already.</exception>
    public ExpertWeights Expert(int layer, int expert)
    {
        if (!_bytes.TryRemove((layer, expert), out var bytes))
            throw new InvalidOperationException($"expert {layer}/{expert} has not been fetched");
        var types = _layers[layer][expert];
        var gate = new WeightMatrix(types.Gate, IntermediateSize, HiddenSize, bytes, 0);
        var up = new WeightMatrix(types.Up, IntermediateSize, HiddenSize, bytes, gate.Bytes);
        var down = new WeightMatrix(types.Down, HiddenSize, IntermediateSize, bytes, gate.Bytes + up.Bytes);
        return ExpertLoading.Load(new StoredExpert(gate, up, down), _computeType, bytes);
    }

    public void Dispose()
    {
        foreach (var (layer, expert) in _bytes.Keys)
            Drop(layer, expert);
    }
}
