using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>Unpacking of 4- and 5-bit codes.</summary>
internal static unsafe class Nibbles
{
    /// <summary>16 bytes to 32 codes: the low nibbles, then the high ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Split(byte* packed)
    {
        var bytes = Vector128.Load(packed);
        return Vector256.Create(bytes, (bytes.AsUInt16() >> 4).AsByte()) & Vector256.Create((byte)15);
    }

    /// <summary>32 bytes to their 32 low or high nibbles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Half(byte* packed, bool high)
    {
        var bytes = Vector256.Load(packed);
        return (high ? (bytes.AsUInt16() >> 4).AsByte() : bytes) & Vector256.Create((byte)15);
    }

    /// <summary>32 bytes to 32 codes of 2 bits, one of the four in each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Pairs(byte* packed, int quarter) =>
        (Vector256.Load(packed).AsUInt16() >> (2 * quarter)).AsByte() & Vector256.Create((byte)3);

    /// <summary>What 32 codes of 4 bits stand for.</summary>
    /// <param name="packed">16 bytes.</param>
    /// <param name="values">Sixteen.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LookUp(byte* packed, ReadOnlySpan<sbyte> values)
    {
        var table = Vector128.Create(values).AsByte();
        return Avx2.Shuffle(Vector256.Create(table, table), Split(packed));
    }

    /// <summary>32 bits to 32 bytes of 16 or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> FifthBits(byte* bits)
    {
        var spread = Avx2.Shuffle(
            Vector256.Create(*(uint*)bits).AsByte(),
            Vector256.Create(0x0000000000000000ul, 0x0101010101010101ul, 0x0202020202020202ul, 0x0303030303030303ul).AsByte());
        var single = Vector256.Create(0x8040201008040201ul).AsByte();
        return Vector256.Equals(spread & single, single) & Vector256.Create((byte)16);
    }
}
