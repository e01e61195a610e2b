using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>
/// Quantised rows in the order that panel kernels read: tiles of up to sixteen rows; per group of 32 columns a tile holds the
/// rows' codes, their scales, and the negated sums of all codes, of the first sixteen, and of the last sixteen. One pointer runs
/// through a tile from start to end.
/// </summary>
internal sealed unsafe class ActivationTiles : IDisposable
{
    /// <summary>Rows of a full tile.</summary>
    public const int Rows = 16;

    /// <summary>Bytes of one row in one group: 32 codes, a scale, three sums.</summary>
    public const int RowGroupBytes = 48;

    private byte* _memory;
    private nuint _capacity;
    private int _groups;

    ~ActivationTiles() => NativeMemory.AlignedFree(_memory);

    /// <summary>Rows of all tiles.</summary>
    public int Count { get; private set; }

    public int Tiles => (Count + Rows - 1) / Rows;

    /// <summary>Rows of a tile.</summary>
    public int RowsOf(int tile) => Math.Min(Rows, Count - tile * Rows);

    /// <summary>A tile's first byte.</summary>
    public byte* Pointer(int tile) => _memory + (nuint)tile * Rows * (nuint)_groups * RowGroupBytes;

    /// <summary>Takes a new shape; contents are undefined; the buffer only grows.</summary>
    public void Reset(int count, int columns)
    {
        Count = count;
        _groups = columns / PanelLayout.Group;
        var needed = (nuint)count * (nuint)_groups * RowGroupBytes;
        if (needed <= _capacity)
            return;
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _capacity = 0;
        _memory = (byte*)NativeMemory.AlignedAlloc(needed, 64);
        _capacity = needed;
    }

    /// <summary>Copies a quantised row to its place. Different rows may be put by different threads.</summary>
    /// <param name="row">The place.</param>
    /// <param name="codes">Its codes, [columns].</param>
    /// <param name="scales">Its scales, [columns / 32].</param>
    /// <param name="sums">The sums of each sixteen codes, [columns / 16].</param>
    public void Put(int row, ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales, ReadOnlySpan<int> sums)
    {
        var rows = RowsOf(row / Rows);
        var place = row % Rows;
        var group = Pointer(row / Rows);
        fixed (sbyte* source = codes)
        {
            for (var i = 0; i < scales.Length; i++)
            {
                var input = (ulong*)(source + (long)i * PanelLayout.Group);
                var output = (ulong*)(group + place * PanelLayout.Group);
                (output[0], output[1], output[2], output[3]) = (input[0], input[1], input[2], input[3]);
                var (first, second) = (sums[2 * i], sums[2 * i + 1]);
                var numbers = (float*)(group + rows * PanelLayout.Group) + place;
                numbers[0] = scales[i];
                *(int*)(numbers + rows) = -(first + second);
                *(int*)(numbers + 2 * rows) = -first;
                *(int*)(numbers + 3 * rows) = -second;
                group += rows * RowGroupBytes;
            }
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _capacity = 0;
        GC.SuppressFinalize(this);
    }
}
