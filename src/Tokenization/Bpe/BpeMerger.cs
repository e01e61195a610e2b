using System.Runtime.InteropServices;

namespace MoE.Tokenization.Bpe;

/// <summary>
/// Merges one piece's symbols: a linked list over arrays and a heap of candidate pairs, lowest rank first, then leftmost; n log n for a
/// piece of n symbols, however long. Not thread-safe; one serves all pieces of a text.
/// <para>
/// Microsoft.ML.Tokenizers is not used: it splits with .NET regexes, in which <c>\p{L}</c> misses letters beyond U+FFFF, and it reads no
/// <c>tokenizer.json</c>, so added tokens, fused unknowns and byte fallback would still have to be written around it.
/// </para>
/// </summary>
internal sealed class BpeMerger(MergeTable merges)
{
    private const int None = -1;

    private readonly PriorityQueue<Candidate, ulong> _queue = new();
    private readonly List<int> _ids = [];
    private readonly List<int> _previous = [];
    private readonly List<int> _next = [];

    public void Add(int id) => _ids.Add(id);

    /// <summary>Merges what was added and appends the result.</summary>
    public void Flush(List<int> output)
    {
        if (_ids.Count < 2)
        {
            output.AddRange(_ids);
            _ids.Clear();
            return;
        }

        var ids = CollectionsMarshal.AsSpan(_ids);
        CollectionsMarshal.SetCount(_previous, ids.Length);
        CollectionsMarshal.SetCount(_next, ids.Length);
        var previous = CollectionsMarshal.AsSpan(_previous);
        var next = CollectionsMarshal.AsSpan(_next);
        for (var i = 0; i < ids.Length; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < ids.Length ? i + 1 : None;
        }

        for (var i = 0; i + 1 < ids.Length; i++) Propose(ids[i], ids[i + 1], i);
        while (_queue.TryDequeue(out var candidate, out _))
        {
            var left = candidate.Position;
            var right = next[left];

            // Symbols merged since the proposal make it stale; one merged away has no id.
            if (ids[left] == None || right == None) continue;
            if (!merges.TryGet(ids[left], ids[right], out var merge) || merge.Id != candidate.Id) continue;

            ids[left] = merge.Id;
            ids[right] = None;
            next[left] = next[right];
            if (next[left] != None)
            {
                previous[next[left]] = left;
                Propose(ids[left], ids[next[left]], left);
            }

            if (previous[left] != None) Propose(ids[previous[left]], ids[left], previous[left]);
        }

        for (var i = 0; i != None; i = next[i]) output.Add(ids[i]);
        _ids.Clear();
    }

    private void Propose(int left, int right, int position)
    {
        if (merges.TryGet(left, right, out var merge))
            _queue.Enqueue(new Candidate(position, merge.Id), (ulong)(uint)merge.Rank << 32 | (uint)position);
    }

    private readonly record struct Candidate(int Position, int Id);
}
