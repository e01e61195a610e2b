using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>
/// Rows of f32 in the order that <see cref="FloatProduct"/> reads: tiles of four rows, and in a tile for each sixteen columns
/// the four rows' values side by side, the last ones filled up with zeros. Rows of a power of two would otherwise lie in the
/// same few lines of the first cache and push each other out.
/// </summary>
internal sealed unsafe class FloatTiles : IDisposable
{
    /// <summary>Rows of a tile; what is left over has no tile.</summary>
    public const int Rows = 4;

    private float* _memory;
    private nuint _capacity;
    private int _tileFloats;

    ~FloatTiles() => NativeMemory.AlignedFree(_memory);

    /// <summary>A tile's first value.</summary>
    public float* Pointer(int tile) => _memory + (nuint)tile * (nuint)_tileFloats;

    /// <summary>Takes a new shape; contents are undefined; the buffer only grows.</summary>
    public void Reset(int count, int columns)
    {
        _tileFloats = (columns + Lanes.Count - 1) / Lanes.Count * Lanes.Count * Rows;
        var needed = (nuint)(count / Rows) * (nuint)_tileFloats * sizeof(float);
        if (needed <= _capacity)
            return;
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _capacity = 0;
        _memory = (float*)NativeMemory.AlignedAlloc(needed, 64);
        _capacity = needed;
    }

    /// <summary>Fills a tile. Different tiles may be filled by different threads.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="rows">Its four rows, [4, columns].</param>
    /// <param name="columns">Columns of a row.</param>
    public void Put(int tile, ReadOnlySpan<float> rows, int columns)
    {
        var output = Pointer(tile);
        var last = Lanes.Whole(columns);
        for (var k = 0; k < last; k += Lanes.Count)
        {
            for (var row = 0; row < Rows; row++, output += Lanes.Count)
                Lanes.Load(rows, row * columns + k).Store(output);
        }

        if (last == columns)
            return;
        for (var row = 0; row < Rows; row++, output += Lanes.Count)
            Lanes.LoadTail(rows.Slice(row * columns, columns), last).Store(output);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _capacity = 0;
        GC.SuppressFinalize(this);
    }
}
