namespace MoE.Model.Tests;

/// <summary>
/// The families' forward pass in doubles, written down from transformers' modeling files as plainly as it goes: what
/// <see cref="DecoderModel"/> is compared with.
/// </summary>
internal sealed class PlainDecoder(RandomModel model)
{
    private readonly ModelConfig _config = model.Config;

    /// <returns>Logits of every position.</returns>
    public double[][] Logits(int[] ids)
    {
        var hidden = _config.HiddenSize;
        var embedding = model.Values(TensorRole.TokenEmbedding, -1, _config.VocabSize, hidden);
        var states = ids.Select(id => embedding.Skip(id * hidden).Take(hidden).Select(x => (double)x).ToArray()).ToArray();
        for (var layer = 0; layer < _config.NumHiddenLayers; layer++)
        {
            var l = layer;
            Add(states, Attention(l, states.Select(x => Norm(x, model.Vector(TensorRole.InputNorm, l))).ToArray()));
            Add(states, states.Select(x => FeedForward(l, Norm(x, model.Vector(TensorRole.PostAttentionNorm, l)))).ToArray());
        }

        var head = _config.TieWordEmbeddings ? embedding : model.Values(TensorRole.LmHead, -1, _config.VocabSize, hidden);
        return [.. states.Select(x => Product(head, Norm(x, model.Vector(TensorRole.FinalNorm))))];
    }

    private double[][] Attention(int layer, double[][] x)
    {
        var dim = _config.HeadDim;
        var q = Project(layer, x, TensorRole.QProj, TensorRole.QBias, AttentionBias.Query, TensorRole.QNorm, rotate: true);
        var k = Project(layer, x, TensorRole.KProj, TensorRole.KBias, AttentionBias.Key, TensorRole.KNorm, rotate: true);
        var v = Project(layer, x, TensorRole.VProj, TensorRole.VBias, AttentionBias.Value, null, rotate: false);
        var group = _config.NumAttentionHeads / _config.NumKeyValueHeads;
        var output = Weights(TensorRole.OProj, layer);
        return [.. Enumerable.Range(0, x.Length).Select(t =>
        {
            var heads = new double[_config.NumAttentionHeads * dim];
            var first = _config.Layers[layer].SlidingWindow is { } window ? Math.Max(0, t - window + 1) : 0;
            for (var h = 0; h < _config.NumAttentionHeads; h++)
            {
                var scores = Enumerable.Range(first, t + 1 - first)
                    .Select(s => Enumerable.Range(0, dim).Sum(d => q[t][h * dim + d] * k[s][h / group * dim + d]) / Math.Sqrt(dim)).ToArray();
                var sum = scores.Sum(Math.Exp);
                for (var d = 0; d < dim; d++)
                    heads[h * dim + d] = scores.Select((score, i) => Math.Exp(score) / sum * v[first + i][h / group * dim + d]).Sum();
            }

            var y = Product(output, heads);
            return _config.Layers[layer].AttentionBias.HasFlag(AttentionBias.Output) ? Sum(y, model.Vector(TensorRole.OBias, layer)) : y;
        })];
    }

    private double[][] Project(
        int layer, double[][] x, TensorRole weight, TensorRole bias, AttentionBias flag, TensorRole? norm, bool rotate) =>
        [.. x.Select((row, position) =>
        {
            var y = Product(Weights(weight, layer), row);
            if (_config.Layers[layer].AttentionBias.HasFlag(flag))
                y = Sum(y, model.Vector(bias, layer));
            if (norm is { } role && _config.QkNorm == QkNorm.WholeProjection)
                y = Norm(y, model.Vector(role, layer));
            if (norm is { } perHead && _config.QkNorm == QkNorm.PerHead)
                y = [.. y.Chunk(_config.HeadDim).SelectMany(head => Norm(head, model.Vector(perHead, layer)))];
            if (_config.ClipQkv is { } bound)
                y = [.. y.Select(value => Math.Clamp(value, -bound, bound))];
            return rotate ? [.. y.Chunk(_config.HeadDim).SelectMany(head => Rotate(head, position))] : y;
        })];

    private double[] Rotate(double[] head, int position)
    {
        var rope = _config.Rope;
        var y = (double[])head.Clone();
        for (var i = 0; i < rope.RotaryDim / 2; i++)
        {
            var angle = position * Math.Pow(rope.Theta, -2.0 * i / rope.RotaryDim);
            var (a, b) = rope.Style == RopeStyle.Half ? (i, i + rope.RotaryDim / 2) : (2 * i, 2 * i + 1);
            y[a] = head[a] * Math.Cos(angle) - head[b] * Math.Sin(angle);
            y[b] = head[b] * Math.Cos(angle) + head[a] * Math.Sin(angle);
        }

        return y;
    }

    private double[] FeedForward(int layer, double[] x)
    {
        if (!_config.Layers[layer].IsMoE)
            return SwiGlu(x, Weights(TensorRole.DenseGateProj, layer), Weights(TensorRole.DenseUpProj, layer), Weights(TensorRole.DenseDownProj, layer));
        var router = _config.Router;
        var logits = Product(Weights(TensorRole.Router, layer), x);
        var sum = logits.Sum(Math.Exp);
        var best = logits.Select((logit, expert) => (Weight: Math.Exp(logit) / sum, Expert: expert)).OrderByDescending(pair => pair.Weight).Take(router.TopK).ToArray();
        var norm = router.NormTopkProb ? best.Sum(pair => pair.Weight) : 1;
        var y = new double[x.Length];
        foreach (var (weight, expert) in best)
        {
            var part = SwiGlu(x, model.ExpertValues(layer, expert, 0), model.ExpertValues(layer, expert, 1), model.ExpertValues(layer, expert, 2));
            for (var i = 0; i < y.Length; i++)
                y[i] += weight / norm * part[i];
        }

        if (_config.SharedExpertIntermediateSize > 0)
        {
            var gate = 1 / (1 + Math.Exp(-Product(Weights(TensorRole.SharedExpertRouter, layer), x)[0]));
            var shared = SwiGlu(x, Weights(TensorRole.SharedGateProj, layer), Weights(TensorRole.SharedUpProj, layer), Weights(TensorRole.SharedDownProj, layer));
            for (var i = 0; i < y.Length; i++)
                y[i] += gate * shared[i];
        }

        return y;
    }

    private float[] Weights(TensorRole role, int layer)
    {
        var (rows, columns) = model.ShapeOf(role, layer);
        return model.Values(role, layer, rows, columns);
    }

    private static double[] SwiGlu(double[] x, float[] gate, float[] up, float[] down) =>
        Product(down, [.. Product(gate, x).Zip(Product(up, x), (g, u) => g / (1 + Math.Exp(-g)) * u)]);

    private double[] Norm(double[] x, float[] weight)
    {
        var factor = 1 / Math.Sqrt(x.Sum(value => value * value) / x.Length + _config.RmsNormEps);
        return [.. x.Select((value, i) => value * factor * weight[i])];
    }

    private static double[] Product(float[] weight, double[] x) =>
        [.. Enumerable.Range(0, weight.Length / x.Length).Select(row => Enumerable.Range(0, x.Length).Sum(i => weight[row * x.Length + i] * x[i]))];

    private static double[] Sum(double[] x, float[] bias) => [.. x.Select((value, i) => value + bias[i])];

    private static void Add(double[][] states, double[][] parts)
    {
        for (var t = 0; t < states.Length; t++)
        {
            for (var i = 0; i < states[t].Length; i++)
                states[t][i] += parts[t][i];
        }
    }
}
