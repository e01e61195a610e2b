using MoE.Model;

namespace MoE.Engine.Tests;

/// <summary>
/// A forward pass whose logits are a function of the sequence's tokens alone, with a cache of counted blocks. It records every
/// batch and can be held, or made to fail.
/// </summary>
internal sealed class ScriptedForwardPass(int maxBlocks = 64, int vocabSize = 16) : IForwardPass
{
    private readonly SemaphoreSlim _permits = new(0);
    private int _used;

    public int VocabSize => vocabSize;

    public int BlockPositions => 4;

    public int MaxBlocks => maxBlocks;

    public long CacheBytes => 0;

    public int FreeBlocks => maxBlocks - Volatile.Read(ref _used);

    /// <summary>Tokens of every chunk of every step.</summary>
    public List<int[]> Steps { get; } = [];

    /// <summary>Whether each step waits for <see cref="Allow"/>.</summary>
    public bool IsHeld { get; init; }

    /// <summary>Tokens of an earlier sequence that new ones may begin with, or null.</summary>
    public int[]? Kept { get; set; }

    /// <summary>Runs before a step, with its number from 0; may throw.</summary>
    public Action<int> Before { get; set; } = _ => { };

    /// <summary>Which step, by its number from 0, returns a row less than was asked for; none by default.</summary>
    public int Short { get; init; } = -1;

    /// <summary>The id with the largest logit after these tokens.</summary>
    public Func<IReadOnlyList<int>, int> Next { get; set; } = ids => ids.Sum(id => 7 * id + 3) % 15;

    public void Allow(int steps) => _permits.Release(steps);

    public IForwardSequence CreateSequence() => new Sequence(this);

    public ReadOnlyMemory<float> Forward(IReadOnlyList<ForwardChunk> chunks)
    {
        if (IsHeld)
            Assert.True(_permits.Wait(TimeSpan.FromSeconds(30)), "the step was never allowed");
        lock (Steps)
        {
            Before(Steps.Count);
            Steps.Add([.. chunks.Select(chunk => chunk.TokenIds.Length)]);
        }

        var logits = new List<float>();
        foreach (var chunk in chunks)
        {
            var sequence = (Sequence)chunk.Sequence;
            for (var i = 0; i < chunk.TokenIds.Length; i++)
            {
                sequence.Append(chunk.TokenIds.Span[i]);
                if (chunk.Logits == LogitsWanted.All || (chunk.Logits == LogitsWanted.Last && i + 1 == chunk.TokenIds.Length))
                    logits.AddRange(Row(sequence.Ids));
            }
        }

        Assert.True(FreeBlocks >= 0, "more blocks than there are");
        return Steps.Count - 1 == Short ? logits.ToArray().AsMemory(..^VocabSize) : logits.ToArray();
    }

    public float[] Row(IReadOnlyList<int> ids)
    {
        var row = new float[VocabSize];
        for (var id = 0; id < VocabSize; id++)
            row[id] = (id * 5 + ids.Count) % 7 * 0.25f;
        row[Next(ids)] = 4;
        return row;
    }

    private sealed class Sequence(ScriptedForwardPass owner) : IForwardSequence
    {
        private readonly List<int> _ids = [];
        private int _blocks;

        public IReadOnlyList<int> Ids => _ids;

        public int Length => _ids.Count;

        public int BlocksToGrow(int positions) => Math.Max(0, Blocks(_ids.Count + positions) - _blocks);

        /// <summary>Tokens that the cache still holds, whole blocks only; they count as computed.</summary>
        public int Reuse(ReadOnlySpan<int> tokenIds)
        {
            var kept = owner.Kept is { } known ? tokenIds.CommonPrefixLength(known) / owner.BlockPositions * owner.BlockPositions : 0;
            foreach (var id in tokenIds[..kept])
                Append(id);
            return kept;
        }

        public void Append(int id)
        {
            var blocks = BlocksToGrow(1);
            _ids.Add(id);
            _blocks += blocks;
            Interlocked.Add(ref owner._used, blocks);
        }

        public void Dispose()
        {
            Interlocked.Add(ref owner._used, -_blocks);
            _blocks = 0;
            _ids.Clear();
        }

        private int Blocks(int positions) => (positions + owner.BlockPositions - 1) / owner.BlockPositions;
    }
}
