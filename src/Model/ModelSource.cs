using MoE.Kernels;
using MoE.Tokenization;

namespace MoE.Model;

/// <summary>
/// An opened model: its configuration, and its weights by role, whatever format they come in. Opening reads headers only;
/// a weight's bytes are touched when it is asked for, so a node that asks for some experts reads just their byte ranges.
/// </summary>
public abstract class ModelSource : IExpertSource, IDisposable
{
    /// <summary>What the user named.</summary>
    public abstract string Path { get; }

    public abstract ModelConfig Config { get; }

    /// <summary>Identity of the weights and the configuration, lower-case hex.</summary>
    public abstract string Hash { get; }

    /// <summary>Every tensor of the files, in file order.</summary>
    public abstract IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The type that matrices are converted to on load, or null to keep the file's own.</summary>
    public abstract WeightType? ComputeType { get; }

    /// <summary>The chat template's source, or null where the files have none.</summary>
    public abstract string? ChatTemplate { get; }

    /// <summary>Sampling defaults and end-of-sequence ids.</summary>
    public abstract GenerationDefaults Generation { get; }

    /// <summary>Builds the tokenizer; each call builds anew.</summary>
    public abstract Tokenizer CreateTokenizer();

    /// <summary>A matrix that is no routed expert's.</summary>
    /// <exception cref="ModelFormatException">The tensor is missing or has the wrong shape.</exception>
    public abstract WeightMatrix Matrix(TensorRole role, int layer = -1);

    /// <summary>A norm's or bias's values as f32. For a role that a layer may lack, see <see cref="Has"/>.</summary>
    public abstract float[] Vector(TensorRole role, int layer = -1);

    public abstract bool Has(TensorRole role, int layer = -1);

    /// <summary>One routed expert's three matrices. Disposing the result releases what was allocated for it.</summary>
    public abstract ExpertWeights Expert(int layer, int expert);

    /// <summary>Bytes that one routed expert of <paramref name="layer"/> occupies once loaded.</summary>
    public abstract long ExpertBytes(int layer);

    /// <summary>One routed expert's bytes as the files have them, or null where there are no files.</summary>
    public virtual StoredExpert? Stored(int layer, int expert) => null;

    int IExpertSource.HiddenSize => Config.HiddenSize;

    public bool HasExpert(int layer, int expert) =>
        layer >= 0 && layer < Config.NumHiddenLayers && Config.Layers[layer].IsMoE && expert >= 0 && expert < Config.Router.NumExperts;

    public abstract void Dispose();

    /// <summary>Opens a GGUF file (or the first part of a split one) or a safetensors directory.</summary>
    /// <param name="path">File or directory.</param>
    /// <param name="type">Convert matrices on load, or null.</param>
    /// <exception cref="ModelFormatException">One line that names the file, the field, the value and the bound.</exception>
    public static ModelSource Open(string path, WeightType? type = null) =>
        Directory.Exists(path) ? SafetensorsSource.Open(path, type) : GgufSource.Open(path, type);
}

/// <summary>A tensor as the file declares it. <paramref name="Shape"/> is outermost first, as Hugging Face prints it.</summary>
public sealed record TensorInfo(string Name, string Type, IReadOnlyList<long> Shape, long Bytes, string File);

/// <summary>What <c>generation_config.json</c> or the GGUF's metadata says.</summary>
public sealed record GenerationDefaults
{
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? TopK { get; init; }

    public float? MinP { get; init; }

    public float? RepetitionPenalty { get; init; }
}

/// <summary>The parts a weight can play.</summary>
public enum TensorRole
{
    TokenEmbedding,
    FinalNorm,
    LmHead,
    InputNorm,
    QProj,
    KProj,
    VProj,
    OProj,
    QBias,
    KBias,
    VBias,
    OBias,
    QNorm,
    KNorm,
    PostAttentionNorm,
    Router,
    SharedExpertRouter,
    SharedGateProj,
    SharedUpProj,
    SharedDownProj,
    DenseGateProj,
    DenseUpProj,
    DenseDownProj,
}

/// <summary>One expert: <c>down(silu(gate·x) * up·x)</c>.</summary>
/// <param name="Gate">[I, H].</param>
/// <param name="Up">[I, H].</param>
/// <param name="Down">[H, I].</param>
/// <param name="Memory">What was allocated for the three, or null where they are views of the file.</param>
public sealed record ExpertWeights(WeightMatrix Gate, WeightMatrix Up, WeightMatrix Down, IDisposable? Memory) : IDisposable
{
    public long Bytes => Gate.Bytes + Up.Bytes + Down.Bytes;

    public void Dispose() => Memory?.Dispose();
}

/// <summary>A model file that cannot be served: the message is one line with the file, the field, the value and the bound.</summary>
public sealed class ModelFormatException : Exception
{
    public ModelFormatException(string message)
        : base(message)
    {
    }

    public ModelFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
