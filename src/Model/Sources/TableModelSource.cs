using System.Runtime.CompilerServices;
using MoE.Kernels;
using MoE.Tokenization;

namespace MoE.Model;

/// <summary>
/// A model over mapped files: copies in panels where this machine's kernels take them, else views of the files where the type is
/// kept, and copies where it is converted. Conversion to f32
/// dequantises every matrix; to another type it converts the matrices of products and the embedding, but for the router gates,
/// and leaves those whose rows are no whole blocks as f32. Every member is thread-safe.
/// </summary>
internal sealed class TableModelSource : ModelSource
{
    private readonly TensorTable _table;
    private readonly IWeightNames _names;
    private readonly Lazy<string> _hash;
    private readonly Func<Tokenizer> _tokenizer;
    private readonly OwnedMemories _loaded = new();
    private readonly Lock _lock = new();

    /// <summary>Checks the table against the configuration and takes it over, unless this throws.</summary>
    /// <param name="path">What the user named; errors start with it.</param>
    /// <param name="config">The configuration, already checked.</param>
    /// <param name="table">The weights.</param>
    /// <param name="names">The format's names.</param>
    /// <param name="computeType">Convert matrices on load, or null.</param>
    /// <param name="hash">Computes the identity; called once, when it is first asked for.</param>
    /// <param name="chatTemplate">The template's source, or null.</param>
    /// <param name="generation">Sampling defaults.</param>
    /// <param name="tokenizer">Builds a tokenizer.</param>
    /// <exception cref="ModelFormatException">A weight is missing, misshapen, or not to be ignored.</exception>
    public TableModelSource(
        string path, ModelConfig config, TensorTable table, IWeightNames names, WeightType? computeType, Func<string> hash,
        string? chatTemplate, GenerationDefaults generation, Func<Tokenizer> tokenizer)
    {
        Path = path;
        Config = config;
        ComputeType = computeType;
        ChatTemplate = chatTemplate;
        Generation = generation;
        _table = table;
        _names = names;
        _hash = new Lazy<string>(hash);
        _tokenizer = tokenizer;
        TensorValidation.Check(path, config, table, names);
    }

    public override string Path { get; }

    public override ModelConfig Config { get; }

    public override string Hash => _hash.Value;

    public override IReadOnlyList<TensorInfo> Tensors => _table.Infos;

    public override WeightType? ComputeType { get; }

    public override string? ChatTemplate { get; }

    public override GenerationDefaults Generation { get; }

    public override Tokenizer CreateTokenizer() => _tokenizer();

    public override bool Has(TensorRole role, int layer = -1) =>
        role == TensorRole.LmHead || _table.Contains(_names.Name(role, layer));

    public override WeightMatrix Matrix(TensorRole role, int layer = -1)
    {
        var asked = role;
        if (role == TensorRole.LmHead && Config.TieWordEmbeddings)
            role = TensorRole.TokenEmbedding;
        var stored = Find(_names.Name(role, layer));
        var shape = stored.Info.Shape;
        if (shape.Count > 2 || (shape.Count == 1 && role != TensorRole.SharedExpertRouter))
            throw new ModelFormatException($"{stored.Info.File}: tensor '{stored.Info.Name}' ({role}) has {shape.Count} dimensions; a matrix has 2");

        var columns = (int)shape[^1];
        var view = new WeightMatrix(stored.Type, shape.Count == 2 ? (int)shape[0] : 1, columns, stored.Memory, stored.Offset);
        var memories = new OwnedMemories();
        var matrix = ExpertLoading.Convert(view, LoadedType.Of(role, stored.Type, columns, ComputeType), memories);
        if (asked != TensorRole.TokenEmbedding && WeightPanels.TryPack(matrix) is { } panels)
        {
            memories.Dispose();
            memories.Add(panels.Memory);
            matrix = panels.Matrices[0];
        }

        lock (_lock)
            _loaded.Add(memories);
        return matrix;
    }

    public override float[] Vector(TensorRole role, int layer = -1)
    {
        var stored = Find(_names.Name(role, layer));
        var values = new float[checked((int)stored.Info.Shape.Aggregate(1L, (product, length) => checked(product * length)))];
        Dequantize.Row(stored.Type, stored.Memory.Slice(stored.Offset, checked((int)stored.Info.Bytes)), values);
        return values;
    }

    public override ExpertWeights Expert(int layer, int expert) => ExpertLoading.Load(Stored(layer, expert), ComputeType, null);

    public override StoredExpert Stored(int layer, int expert)
    {
        CheckMoELayer(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)expert, (uint)Config.Router.NumExperts, nameof(expert));
        return new StoredExpert(
            View(ExpertPart.Gate, layer, expert), View(ExpertPart.Up, layer, expert), View(ExpertPart.Down, layer, expert));
    }

    /// <inheritdoc/>
    /// <remarks>The largest, where a layer's experts are stored in different types.</remarks>
    public override long ExpertBytes(int layer)
    {
        CheckMoELayer(layer);
        return Enumerable.Range(0, Config.Router.NumExperts)
            .Select(expert => Stored(layer, expert).Types)
            .Distinct()
            .Max(types => ExpertLoading.Bytes(types, Config.HiddenSize, Config.MoeIntermediateSize, ComputeType));
    }

    public override void Dispose()
    {
        lock (_lock)
            _loaded.Dispose();
        _table.Dispose();
    }

    private void CheckMoELayer(int layer, [CallerMemberName] string caller = "")
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)layer, (uint)Config.NumHiddenLayers, nameof(layer));
        if (!Config.Layers[layer].IsMoE)
            throw new ArgumentException($"{caller}: layer {layer} of {Path} is dense", nameof(layer));
    }

    private WeightMatrix View(ExpertPart part, int layer, int expert)
    {
        var location = _names.Expert(part, layer, expert);
        var stored = Find(location.Tensor);
        var (rows, columns) = RoleShapes.Expert(Config, part);
        var rowBytes = stored.Type.RowBytes(columns);
        var firstRow = (long)(location.Index ?? 0) * (location.RowsPerExpert ?? rows) + location.FirstRow;
        return new WeightMatrix(stored.Type, rows, columns, stored.Memory, stored.Offset + firstRow * rowBytes);
    }

    private StoredTensor Find(string name)
    {
        if (!_table.TryGet(name, out var tensor))
            throw new ModelFormatException($"{Path}: tensor '{name}' is missing");
        return !tensor.Memory.HasChanged ? tensor : throw new ModelFormatException(
            $"{tensor.Info.File}: the file was written to after it was opened, so tensor '{name}' may not be what was checked; start again once it is complete");
    }
}
