using MoE.Kernels;

namespace MoE.Model;

/// <summary>One sequence's keys and values. Disposing returns its blocks.</summary>
public sealed class KvSequence : IDisposable
{
    private readonly KvCache _cache;
    private float[][] _blocks = [];
    private int _blockCount;

    internal KvSequence(KvCache cache) => _cache = cache;

    /// <summary>Positions that hold keys and values.</summary>
    public int Length { get; private set; }

    /// <summary>Blocks it would take to hold <paramref name="positions"/> more positions.</summary>
    public int BlocksToGrow(int positions) => Math.Max(0, KvLayout.BlocksFor(Length + positions) - _blockCount);

    /// <summary>Makes room for <paramref name="positions"/> more positions; <see cref="Advance"/> makes them count.</summary>
    public void Reserve(int positions)
    {
        var needed = KvLayout.BlocksFor(Length + positions);
        if (needed > _blocks.Length)
            Array.Resize(ref _blocks, Math.Max(needed, _blocks.Length * 2));
        while (_blockCount < needed)
        {
            _blocks[_blockCount] = _cache.Rent();
            _blockCount++;
        }
    }

    /// <summary>Counts positions that every layer has written.</summary>
    public void Advance(int positions)
    {
        if (KvLayout.BlocksFor(Length + positions) > _blockCount)
            throw new InvalidOperationException($"{Length + positions} positions do not fit {_blockCount} reserved blocks");
        Length += positions;
    }

    public void Dispose()
    {
        for (var i = 0; i < _blockCount; i++)
            _cache.Return(_blocks[i]);
        _blockCount = 0;
        _blocks = [];
        Length = 0;
    }

    /// <summary>One head's keys and values in a layer of the stage.</summary>
    internal KvHead Head(int layer, int head)
    {
        var layout = _cache.Layout;
        return new KvHead(
            _blocks, layout.KeyOffset(layer, head), layout.ValueOffset(layer, head), layout.RowFloats, layout.HeadDim);
    }
}
