using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>
/// Half-precision bits to f32 through a table of all 65,536 values: .NET converts one by one in software, and a block's
/// scale is needed for every 32 weights.
/// </summary>
internal static unsafe class HalfFloats
{
    private static readonly NativeWeightMemory Memory = Fill();
    private static readonly float* Table = (float*)Memory.Pointer;

    public static float ToSingle(ushort bits) => Table[bits];

    /// <summary>The half at an address that need not be aligned.</summary>
    public static float Load(byte* source) => Table[*(ushort*)source];

    /// <summary>Four halves side by side.</summary>
    public static Vector128<float> LoadFour(byte* source)
    {
        var halves = (ushort*)source;
        return Vector128.Create(Table[halves[0]], Table[halves[1]], Table[halves[2]], Table[halves[3]]);
    }

    private static NativeWeightMemory Fill()
    {
        var memory = new NativeWeightMemory((ushort.MaxValue + 1) * sizeof(float));
        var table = (float*)memory.Pointer;
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
            table[bits] = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
        return memory;
    }
}
