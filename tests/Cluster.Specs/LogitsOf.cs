using MoE.Kernels;
using MoE.Model;

namespace MoE.Cluster.Specs;

/// <summary>The logits of every position of some prompts, computed in different ways.</summary>
internal static class LogitsOf
{
    private const int MaxBlocks = 64;

    /// <summary>Each prompt by itself, in one piece.</summary>
    public static float[][] OneByOne(ModelSource source, IMoELayerFactory factory, ComputePool pool, IReadOnlyList<int[]> prompts)
    {
        var model = new DecoderModel(source, factory, pool, new KvCacheSettings(MaxBlocks));
        return [.. prompts.Select(prompt =>
        {
            using var sequence = model.CreateSequence();
            return model.Forward(new ForwardBatch([new SequenceChunk(sequence, prompt, LogitsWanted.All)])).ToArray();
        })];
    }

    /// <summary>All prompts side by side, each cut into pieces of its own length.</summary>
    public static float[][] ChunkedTogether(ModelSource source, IMoELayerFactory factory, ComputePool pool, IReadOnlyList<int[]> prompts)
    {
        var model = new DecoderModel(source, factory, pool, new KvCacheSettings(MaxBlocks));
        var sequences = prompts.Select(_ => model.CreateSequence()).ToArray();
        var logits = prompts.Select(_ => new List<float>()).ToArray();
        while (true)
        {
            var batch = new List<(int Prompt, SequenceChunk Chunk)>();
            for (var p = 0; p < prompts.Count; p++)
            {
                var done = sequences[p].Length;
                var length = Math.Min(3 + 2 * p, prompts[p].Length - done);
                if (length > 0)
                    batch.Add((p, new SequenceChunk(sequences[p], prompts[p].AsMemory(done, length), LogitsWanted.All)));
            }

            if (batch.Count == 0)
                break;
            var rows = model.Forward(new ForwardBatch([.. batch.Select(entry => entry.Chunk)])).Span;
            foreach (var (prompt, chunk) in batch)
            {
                var values = chunk.TokenIds.Length * source.Config.VocabSize;
                logits[prompt].AddRange(rows[..values]);
                rows = rows[values..];
            }
        }

        foreach (var sequence in sequences)
            sequence.Dispose();
        return [.. logits.Select(rows => rows.ToArray())];
    }
}
