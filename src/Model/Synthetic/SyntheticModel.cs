using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// Writes a GGUF file with a published model's shape and random weights, so that a machine or a cluster can be measured before
/// the model is downloaded. llama.cpp reads it too.
/// </summary>
public sealed class SyntheticModel
{
    private const int PartBytes = 1 << 20;
    private const int PartsAtOnce = 32;
    private const string Embedding = "token_embd.weight";

    private readonly ModelShape _shape;
    private readonly WeightType _type;
    private readonly GgufWriter _writer = new();

    /// <param name="shape">The shape; its layers are those to write.</param>
    /// <param name="type">Type of the matrices. The vocabulary's product is at least q6_k, as llama.cpp's quantiser keeps it.</param>
    /// <exception cref="ArgumentException">A row is no multiple of the type's block.</exception>
    public SyntheticModel(ModelShape shape, WeightType type)
    {
        ArgumentNullException.ThrowIfNull(shape);
        _shape = shape;
        _type = type;
        AddMetadata();
        SyntheticVocabulary.AddTo(_writer, shape.Vocabulary);
        AddTensors();
        Bytes = _writer.Tensors.Sum(tensor => tensor.Bytes);
    }

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes { get; }

    /// <summary>Writes the file; one that is not finished does not take the name.</summary>
    /// <param name="path">Overwritten.</param>
    /// <param name="progress">Gets the tensors' bytes written so far, or null.</param>
    public void Write(string path, Action<long>? progress = null)
    {
        var unfinished = path + ".unfinished";
        try
        {
            using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                var written = 0L;
                _writer.Write(stream, (tensor, output) => WriteTensor(tensor, output, part => progress?.Invoke(written += part)));
            }

            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private void AddMetadata()
    {
        var prefix = _shape.Architecture + ".";
        _writer.Add("general.architecture", _shape.Architecture);
        _writer.Add("general.name", $"{_shape.Name} shape, {_shape.Layers} layers, random weights");
        _writer.Add(prefix + "block_count", (uint)_shape.Layers);
        _writer.Add(prefix + "context_length", (uint)_shape.Positions);
        _writer.Add(prefix + "embedding_length", (uint)_shape.Hidden);
        _writer.Add(prefix + "feed_forward_length", (uint)_shape.Intermediate);
        _writer.Add(prefix + "expert_feed_forward_length", (uint)_shape.Intermediate);
        _writer.Add(prefix + "attention.head_count", (uint)_shape.Heads);
        _writer.Add(prefix + "attention.head_count_kv", (uint)_shape.KeyValueHeads);
        _writer.Add(prefix + "attention.key_length", (uint)_shape.HeadDim);
        _writer.Add(prefix + "attention.value_length", (uint)_shape.HeadDim);
        _writer.Add(prefix + "attention.layer_norm_rms_epsilon", _shape.RmsNormEps);
        _writer.Add(prefix + "rope.dimension_count", (uint)_shape.HeadDim);
        _writer.Add(prefix + "rope.freq_base", _shape.RopeTheta);
        _writer.Add(prefix + "expert_count", (uint)_shape.Experts);
        _writer.Add(prefix + "expert_used_count", (uint)_shape.TopK);
        if (_shape.SharedIntermediate > 0)
            _writer.Add(prefix + "expert_shared_feed_forward_length", (uint)_shape.SharedIntermediate);
    }

    private void AddTensors()
    {
        Matrix(Embedding, _shape.Vocabulary, _shape.Hidden);
        _writer.AddTensor("output_norm.weight", WeightType.F32, _shape.Hidden);
        var head = IsNarrow(_type) && _shape.Hidden % 256 == 0 ? WeightType.Q6_K : _type;
        _writer.AddTensor("output.weight", head, _shape.Vocabulary, _shape.Hidden);
        for (var layer = 0; layer < _shape.Layers; layer++)
            AddLayer($"blk.{layer}.");
    }

    private static bool IsNarrow(WeightType type) => type is WeightType.Q4_0 or WeightType.Q2_K or WeightType.Q3_K or WeightType.Q4_K
        or WeightType.Q5_K or WeightType.IQ4_NL or WeightType.IQ4_XS or WeightType.MXFP4;

    private void AddLayer(string prefix)
    {
        var (hidden, query, keyValue) = (_shape.Hidden, _shape.Heads * _shape.HeadDim, _shape.KeyValueHeads * _shape.HeadDim);
        _writer.AddTensor(prefix + "attn_norm.weight", WeightType.F32, hidden);
        Matrix(prefix + "attn_q.weight", query, hidden);
        Matrix(prefix + "attn_k.weight", keyValue, hidden);
        Matrix(prefix + "attn_v.weight", keyValue, hidden);
        Matrix(prefix + "attn_output.weight", hidden, query);
        AddAttentionVectors(prefix, query, keyValue);
        _writer.AddTensor(prefix + "ffn_norm.weight", WeightType.F32, hidden);
        _writer.AddTensor(prefix + "ffn_gate_inp.weight", WeightType.F32, _shape.Experts, hidden);
        Matrix(prefix + "ffn_gate_exps.weight", _shape.Experts, _shape.Intermediate, hidden);
        Matrix(prefix + "ffn_up_exps.weight", _shape.Experts, _shape.Intermediate, hidden);
        Matrix(prefix + "ffn_down_exps.weight", _shape.Experts, hidden, _shape.Intermediate);
        if (_shape.SharedIntermediate == 0)
            return;
        _writer.AddTensor(prefix + "ffn_gate_inp_shexp.weight", WeightType.F32, hidden);
        Matrix(prefix + "ffn_gate_shexp.weight", _shape.SharedIntermediate, hidden);
        Matrix(prefix + "ffn_up_shexp.weight", _shape.SharedIntermediate, hidden);
        Matrix(prefix + "ffn_down_shexp.weight", hidden, _shape.SharedIntermediate);
    }

    private void AddAttentionVectors(string prefix, int query, int keyValue)
    {
        switch (_shape.Architecture)
        {
            case "olmoe":
                _writer.AddTensor(prefix + "attn_q_norm.weight", WeightType.F32, query);
                _writer.AddTensor(prefix + "attn_k_norm.weight", WeightType.F32, keyValue);
                break;
            case "qwen3moe":
                _writer.AddTensor(prefix + "attn_q_norm.weight", WeightType.F32, _shape.HeadDim);
                _writer.AddTensor(prefix + "attn_k_norm.weight", WeightType.F32, _shape.HeadDim);
                break;
            case "qwen2moe":
                _writer.AddTensor(prefix + "attn_q.bias", WeightType.F32, query);
                _writer.AddTensor(prefix + "attn_k.bias", WeightType.F32, keyValue);
                _writer.AddTensor(prefix + "attn_v.bias", WeightType.F32, keyValue);
                break;
            default:
                break;
        }
    }

    private void Matrix(string name, params long[] shape) => _writer.AddTensor(name, _type, shape);

    private void WriteTensor(GgufWriterTensor tensor, Stream output, Action<long> progress)
    {
        var blockBytes = tensor.Type.BlockBytes();
        var part = PartBytes / blockBytes * blockBytes;
        var buffer = new byte[Math.Min((long)part * PartsAtOnce, tensor.Bytes)];
        var seed = StableHash(tensor.Name);
        for (var start = 0L; start < tensor.Bytes; start += buffer.Length)
        {
            var length = (int)Math.Min(buffer.Length, tensor.Bytes - start);
            var first = start;
            Parallel.For(0, (length + part - 1) / part, index =>
            {
                var piece = buffer.AsSpan(index * part, Math.Min(part, length - index * part));
                FillPiece(tensor, seed + (ulong)(first / part + index), piece);
            });
            output.Write(buffer, 0, length);
            progress(length);
        }
    }

    private void FillPiece(GgufWriterTensor tensor, ulong seed, Span<byte> piece)
    {
        if (tensor.Name.Contains("norm", StringComparison.Ordinal))
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(piece).Fill(1f);
        else
            RandomWeights.Fill(tensor.Type, DeviationOf(tensor), seed * 0x9e3779b97f4a7c15, piece);
    }

    /// <summary>
    /// A norm of ones leaves rows as they are; a matrix of deviation 1/√C keeps their size. What a layer adds to a token is smaller by
    /// 1/√(2L), as GPT-2 begins (Radford et al., 2019), so that tokens stay as different as their embeddings: routers then spread them
    /// over all experts, as those of trained models do.
    /// </summary>
    private float DeviationOf(GgufWriterTensor tensor)
    {
        if (tensor.Name == Embedding)
            return 1;
        var kept = 1 / MathF.Sqrt(tensor.Columns);
        return tensor.Name.Contains("attn_output", StringComparison.Ordinal) || tensor.Name.Contains("ffn_down", StringComparison.Ordinal)
            ? kept / MathF.Sqrt(2 * _shape.Layers)
            : kept;
    }

    /// <summary>FNV-1a: the runtime's own string hash differs from process to process.</summary>
    private static ulong StableHash(string text)
    {
        var hash = 0xcbf29ce484222325ul;
        foreach (var character in text)
            hash = (hash ^ character) * 0x100000001b3;
        return hash;
    }
}
