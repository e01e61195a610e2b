using MoE.Kernels;
using MoE.Model;

namespace MoE.Host;

/// <summary>What it costs to store keys and values in fewer bits (<c>moe.engine.kv-cache-type</c>): the same arithmetic but for the cache.</summary>
internal static class KvCacheCheck
{
    /// <param name="path">How the model computes.</param>
    /// <param name="windows">Held-out text of a trained model: random weights would measure luck.</param>
    /// <param name="source">The model.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="exact">The model with an f32 cache.</param>
    public static IEnumerable<VerifyRow> Run(
        string path, IEnumerable<(string Source, int[] Ids)> windows, ModelSource source, ComputePool pool, ModelUnderTest exact)
    {
        var texts = windows.Select(window => window.Ids).ToList();
        if (texts.Count == 0)
            yield break;
        foreach (var (type, bound) in new[] { (WeightType.BF16, 1e-3), (WeightType.F16, 1e-4) })
        {
            using var model = new ModelUnderTest(source, pool, texts.Max(ids => ids.Length), type);
            var difference = new Difference();
            foreach (var ids in texts)
                difference.Add(model.Run(ids, 0).Logits, exact.Run(ids, 0).Logits, model.VocabSize);
            yield return VerifyRow.Compare(
                path, $"{type.Name()} KV cache, mean KL divergence from f32's", difference.MeanKl, bound,
                $"largest difference {difference.LargestAbs:0.0e+0}, the same first choice at {difference.SameFirst:0.00%} of {difference.Rows} positions");
        }
    }
}
