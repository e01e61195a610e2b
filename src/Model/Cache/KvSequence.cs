using System.Runtime.InteropServices;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>One sequence's keys and values. Disposing returns its blocks.</summary>
public sealed class KvSequence : IDisposable
{
    private readonly KvCache _cache;
    private readonly List<int> _tokens = [];
    private int[] _blocks = [];
    private int _count;
    private int _published;
    private long _prefix = BlockPool.Root;

    internal KvSequence(KvCache cache) => _cache = cache;

    /// <summary>Positions that hold keys and values.</summary>
    public int Length => _tokens.Count;

    /// <summary>Blocks it would take to hold <paramref name="positions"/> more positions.</summary>
    public int BlocksToGrow(int positions) => Math.Max(0, KvLayout.BlocksFor(Length + positions) - _count);

    /// <summary>Whole blocks at the start of some tokens that the cache still holds.</summary>
    internal int Matches(ReadOnlySpan<int> tokens) => _cache.Pool.Matches(tokens);

    /// <summary>Takes over blocks that the cache holds already: their positions count as computed.</summary>
    /// <param name="tokens">The sequence's first tokens.</param>
    /// <param name="blocks">At most <see cref="Matches"/>.</param>
    /// <exception cref="InvalidOperationException">The sequence is not empty.</exception>
    internal void Share(ReadOnlySpan<int> tokens, int blocks)
    {
        if (_count > 0)
            throw new InvalidOperationException($"a sequence of {Length} positions cannot begin anew");
        for (var i = 0; i < blocks; i++)
        {
            var own = tokens.Slice(i * KvLayout.BlockPositions, KvLayout.BlockPositions);
            var (id, name) = _cache.Pool.Share(_prefix, own) ?? throw new InvalidOperationException("the cache holds fewer blocks than it matched");
            Append(id);
            _tokens.AddRange(own);
            _prefix = name;
            _published++;
        }
    }

    /// <summary>Makes room for <paramref name="positions"/> more positions; <see cref="Advance"/> makes them count.</summary>
    public void Reserve(int positions)
    {
        var needed = KvLayout.BlocksFor(Length + positions);
        while (_count < needed)
            Append(_cache.Pool.Rent());
    }

    /// <summary>Counts positions that every layer has written.</summary>
    /// <param name="tokens">Their tokens.</param>
    public void Advance(ReadOnlySpan<int> tokens)
    {
        if (KvLayout.BlocksFor(Length + tokens.Length) > _count)
            throw new InvalidOperationException($"{Length + tokens.Length} positions do not fit {_count} reserved blocks");
        _tokens.AddRange(tokens);
        var all = CollectionsMarshal.AsSpan(_tokens);
        for (; _cache.SharesPrefixes && (_published + 1) * KvLayout.BlockPositions <= Length; _published++)
            _prefix = _cache.Pool.Publish(_blocks[_published], _prefix, all.Slice(_published * KvLayout.BlockPositions, KvLayout.BlockPositions));
    }

    public void Dispose()
    {
        // The end of a prefix is needed least often: it goes first.
        for (var i = _count - 1; i >= 0; i--)
            _cache.Pool.Return(_blocks[i]);
        _count = 0;
        _tokens.Clear();
        _blocks = [];
        _published = 0;
        _prefix = BlockPool.Root;
    }

    /// <summary>One head's keys and values in a layer of the stage.</summary>
    internal KvHead Head(int layer, int head)
    {
        var layout = _cache.Layout;
        return new KvHead(_cache.Memory, _blocks, layout.KeyOffset(layer, head), layout.ValueOffset(layer, head), layout.HeadDim);
    }

    private void Append(int id)
    {
        if (_count == _blocks.Length)
            Array.Resize(ref _blocks, Math.Max(4, _blocks.Length * 2));
        _blocks[_count++] = id;
    }
}
