namespace MoE.Engine;

/// <summary>
/// Continuous batching: every step takes one token of each sequence that generates, and fills the rest of the batch with
/// chunks of prompts in equal shares, fewer where a sequence generates, so that neither a long prompt nor many short ones hold
/// up the others. First come, first admitted. When the cache runs out, the youngest gives its blocks back and is computed again
/// later. Owned by the engine's thread.
/// </summary>
internal sealed class Scheduler(IForwardPass forward, EngineSettings settings)
{
    private readonly List<Sequence> _running = [];
    private readonly LinkedList<Sequence> _waiting = [];

    public int Running => _running.Count;

    /// <summary>Sequences that gave their blocks back so far.</summary>
    public long Preemptions { get; private set; }

    public bool IsIdle => _running.Count == 0 && _waiting.Count == 0;

    public IEnumerable<Sequence> All => _running.Concat(_waiting);

    public void Add(Sequence sequence) => _waiting.AddLast(sequence);

    /// <summary>Removes a sequence and frees what it holds.</summary>
    public void Remove(Sequence sequence)
    {
        sequence.Release();
        if (!_running.Remove(sequence))
            _waiting.Remove(sequence);
    }

    /// <summary>
    /// The next step's chunks: at least one where there is a sequence, at most MaxBatchTokens tokens, and of those at most
    /// MaxPrefillTokensWhileDecoding of prompts where any sequence generates.
    /// </summary>
    public IReadOnlyList<(Sequence Sequence, ForwardChunk Chunk)> Step()
    {
        Admit();
        var batch = new List<(Sequence, ForwardChunk)>();
        var free = forward.FreeBlocks;
        foreach (var sequence in _running.Where(sequence => sequence.Pending == 1).ToList())
        {
            // An older sequence may have taken this one's blocks.
            if (sequence.Cache is not { } cache)
                continue;
            var blocks = cache.BlocksToGrow(1);
            while (blocks > free && Preempt(sequence, ref free, batch))
            {
            }

            // The youngest gives its own blocks back and waits.
            if (sequence.Cache is null)
                continue;
            free -= blocks;
            batch.Add((sequence, sequence.NextChunk(1)));
        }

        var most = batch.Count > 0 ? settings.MaxPrefillTokensWhileDecoding : settings.MaxBatchTokens;
        AddPrompts(batch, Math.Min(most, settings.MaxBatchTokens - batch.Count), free);
        return batch;
    }

    private void AddPrompts(List<(Sequence, ForwardChunk)> batch, int budget, int free)
    {
        var prompts = _running.Where(sequence => sequence.Pending > 1 && !Waits(sequence)).ToList();
        for (var i = 0; i < prompts.Count && budget > 0; i++)
        {
            var share = Math.Max(1, budget / (prompts.Count - i));
            var sequence = prompts[i];
            var cache = sequence.Cache!;
            if (settings.PrefixCache && cache.Length == 0)
            {
                var before = forward.FreeBlocks;
                sequence.Reuse();
                free -= before - forward.FreeBlocks;
            }

            var count = Math.Min(share, sequence.Pending);
            var blocks = cache.BlocksToGrow(count);
            // Admission leaves room for a whole prompt, but generating sequences may have grown since.
            while (blocks > free && count > 1)
            {
                count /= 2;
                blocks = cache.BlocksToGrow(count);
            }

            if (blocks > free)
                continue;
            var chunk = sequence.NextChunk(count);
            free -= cache.BlocksToGrow(chunk.TokenIds.Length);
            budget -= chunk.TokenIds.Length;
            batch.Add((sequence, chunk));
        }

        if (batch.Count == 0 && _running.Count > 1)
            PreemptForPrompt(batch);
    }

    /// <summary>A prompt that begins as an older one does waits until that is computed, and then begins with its blocks.</summary>
    private bool Waits(Sequence sequence)
    {
        if (!settings.PrefixCache || sequence.Cache!.Length > 0)
            return false;
        foreach (var older in _running)
        {
            if (older == sequence)
                return false;
            if (sequence.CanWaitFor(older, forward.BlockPositions))
                return true;
        }

        return false;
    }

    /// <summary>Prompts that hold the whole cache between them would wait for each other: the oldest goes on alone.</summary>
    private void PreemptForPrompt(List<(Sequence, ForwardChunk)> batch)
    {
        var free = forward.FreeBlocks;
        var oldest = _running[0];
        while (oldest.Cache!.BlocksToGrow(1) > free && Preempt(oldest, ref free, batch))
        {
        }

        AddPrompts(batch, settings.MaxBatchTokens, free);
    }

    /// <summary>Takes the blocks of the youngest sequence, unless that is <paramref name="keep"/>, which then waits itself.</summary>
    private bool Preempt(Sequence keep, ref int free, List<(Sequence Sequence, ForwardChunk Chunk)> batch)
    {
        var youngest = _running[^1];
        if (youngest == keep && _running.Count == 1)
            return false;
        batch.RemoveAll(entry => entry.Sequence == youngest);
        var before = forward.FreeBlocks;
        youngest.Release();
        free += forward.FreeBlocks - before;
        _running.RemoveAt(_running.Count - 1);
        _waiting.AddFirst(youngest);
        Preemptions++;
        return youngest != keep;
    }

    private void Admit()
    {
        var free = forward.FreeBlocks - _running.Sum(sequence => sequence.Cache!.BlocksToGrow(sequence.Pending));
        while (_running.Count < settings.MaxSequences && _waiting.First?.Value is { } next)
        {
            var blocks = (next.Length + forward.BlockPositions) / forward.BlockPositions;
            if (blocks > free && _running.Count > 0)
                return;
            free -= blocks;
            _waiting.RemoveFirst();
            next.Start(forward.CreateSequence());
            _running.Add(next);
        }
    }
}
