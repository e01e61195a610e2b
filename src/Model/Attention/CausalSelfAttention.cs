using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// Grouped-query causal self-attention with rotary positions (transformers, modeling_{olmoe,mixtral,qwen2_moe,qwen3_moe}.py).
/// Every query's bits depend on its own keys and values alone, not on the chunk it came in.
/// </summary>
internal sealed class CausalSelfAttention
{
    private readonly ModelConfig _config;
    private readonly AttentionWeights _weights;
    private readonly RopeTable _rope;
    private readonly AttentionWorkspace _workspace;
    private readonly int _cacheLayer;
    private readonly int? _slidingWindow;
    private readonly float _scale;

    /// <param name="config">The model.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="cacheLayer">The layer's index in its stage's cache.</param>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="rope">The stage's rotation table.</param>
    /// <param name="workspace">The stage's buffers.</param>
    public CausalSelfAttention(
        ModelConfig config, int layer, int cacheLayer, AttentionWeights weights, RopeTable rope, AttentionWorkspace workspace)
    {
        _config = config;
        _weights = weights;
        _rope = rope;
        _workspace = workspace;
        _cacheLayer = cacheLayer;
        _slidingWindow = config.Layers[layer].SlidingWindow;
        _scale = 1f / MathF.Sqrt(config.HeadDim);
    }

    /// <summary>y = O · softmax(q·kᵀ / √D) · v; writes the chunks' keys and values into their caches.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="hidden">[T, H], normed.</param>
    /// <param name="plan">Which token is which position of which sequence.</param>
    /// <param name="output">[T, H]; overwritten.</param>
    public void Forward(ComputePool pool, ActivationRows hidden, BatchPlan plan, Memory<float> output)
    {
        var tokens = hidden.Count;
        var query = _workspace.Query(tokens * _weights.Query.Rows);
        var key = _workspace.Key(tokens * _weights.Key.Rows);
        var value = _workspace.Value(tokens * _weights.Value.Rows);
        MatMul.Multiply(
            pool, hidden, new Product(_weights.Query, query), new Product(_weights.Key, key), new Product(_weights.Value, value));
        pool.For(tokens, (Layer: this, Plan: plan, Query: query, Key: key, Value: value), static (token, all) =>
            all.Layer.PrepareToken(token, all.Plan, all.Query, all.Key, all.Value));

        var heads = _workspace.Heads;
        heads.Reset(tokens, _weights.Query.Rows);
        pool.For(plan.Runs.Count * _config.NumKeyValueHeads, (Layer: this, Plan: plan, Query: query, Heads: heads), static (item, all) =>
        {
            var (run, head) = Math.DivRem(item, all.Layer._config.NumKeyValueHeads);
            all.Layer.AttendRun(all.Plan.Runs[run], head, all.Query, all.Heads);
        });
        MatMul.Multiply(pool, _weights.Output, heads, output);
        AddBias(output.Span, _weights.OutputBias);
    }

    /// <summary>Bias, clamp, norm, rotation, and the write into the cache, for one token.</summary>
    private void PrepareToken(int token, BatchPlan plan, Memory<float> query, Memory<float> key, Memory<float> value)
    {
        var (sequence, position) = plan.Token(token);
        var q = query.Span.Slice(token * _weights.Query.Rows, _weights.Query.Rows);
        var k = key.Span.Slice(token * _weights.Key.Rows, _weights.Key.Rows);
        var v = value.Span.Slice(token * _weights.Value.Rows, _weights.Value.Rows);
        AddBias(q, _weights.QueryBias);
        AddBias(k, _weights.KeyBias);
        AddBias(v, _weights.ValueBias);

        // OLMoE norms before it clamps; for the other families only one of the two is present.
        Norm(q, _weights.QueryNorm);
        Norm(k, _weights.KeyNorm);
        Clamp(q);
        Clamp(k);
        Clamp(v);

        for (var head = 0; head < q.Length; head += _config.HeadDim)
            _rope.Apply(q.Slice(head, _config.HeadDim), position);
        for (var head = 0; head < k.Length; head += _config.HeadDim)
            _rope.Apply(k.Slice(head, _config.HeadDim), position);
        for (var head = 0; head < _config.NumKeyValueHeads; head++)
        {
            var cached = sequence.Head(_cacheLayer, head);
            cached.WriteKey(position, k.Slice(head * _config.HeadDim, _config.HeadDim));
            cached.WriteValue(position, v.Slice(head * _config.HeadDim, _config.HeadDim));
        }
    }

    /// <summary>The query heads that share one key-value head, for neighbouring tokens.</summary>
    private void AttendRun(TokenRun run, int keyValueHead, Memory<float> query, ActivationRows heads)
    {
        var columns = _weights.Query.Rows;
        var group = _config.NumAttentionHeads / _config.NumKeyValueHeads;
        var shape = new AttentionShape(run.Tokens, group, columns, run.FirstPosition, _slidingWindow, _scale);
        var offset = run.FirstToken * columns + keyValueHead * group * _config.HeadDim;
        CausalAttention.Attend(
            run.Sequence.Head(_cacheLayer, keyValueHead), shape, query.Span[offset..],
            AttentionWorkspace.Scratch(shape.ScratchFloats(_config.HeadDim)), heads.Data[offset..]);
    }

    private void Norm(Span<float> projection, float[]? weight)
    {
        if (weight is null)
            return;
        for (var start = 0; start < projection.Length; start += weight.Length)
        {
            var part = projection.Slice(start, weight.Length);
            RmsNorm.Normalize(part, weight, _config.RmsNormEps, part);
        }
    }

    private void Clamp(Span<float> projection)
    {
        if (_config.ClipQkv is not { } bound)
            return;
        foreach (ref var x in projection)
            x = Math.Clamp(x, -bound, bound);
    }

    private static void AddBias(Span<float> rows, float[]? bias)
    {
        if (bias is null)
            return;
        for (var start = 0; start < rows.Length; start += bias.Length)
            VectorOps.Add(rows.Slice(start, bias.Length), bias);
    }
}
