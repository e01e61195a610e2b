using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Products with F32, F16 and BF16 weights in sixteen lanes: two rows of W by four rows of x at a time.</summary>
internal static unsafe class FloatProduct
{
    private const int TokenTile = 4;

    public static void Multiply(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y)
    {
        switch (weights.Type)
        {
            case WeightType.F32:
                Multiply<Float32>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.F16:
                Multiply<Float16>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.BF16:
                Multiply<BFloat16>(weights, x, firstRow, lastRow, y);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(weights), weights.Type, "no float type");
        }
    }

    private static void Multiply<TFormat>(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y)
        where TFormat : IFloatFormat
    {
        fixed (float* activations = x.Data)
        {
            // Four rows of x stay in the first cache while the weights pass.
            for (var token = 0; token < x.Count; token += TokenTile)
                Tokens<TFormat>(weights, activations, token, Math.Min(TokenTile, x.Count - token), firstRow, lastRow, y);
        }
    }

    private static void Tokens<TFormat>(WeightMatrix weights, float* x, int token, int count, int firstRow, int lastRow, float* y)
        where TFormat : IFloatFormat
    {
        var columns = weights.Columns;
        for (var row = firstRow; row < lastRow; row += 2)
        {
            var a = weights.Pointer + row * weights.RowBytes;

            // The last row of an odd number is computed twice rather than by code of its own.
            var second = Math.Min(row + 1, lastRow - 1);
            var b = weights.Pointer + second * weights.RowBytes;
            if (count == TokenTile)
            {
                Tile<TFormat>(a, b, x + (long)token * columns, columns, y + (long)token * weights.Rows, row, second, weights.Rows);
                continue;
            }

            for (var i = token; i < token + count; i++)
                Pair<TFormat>(a, b, x + (long)i * columns, columns, y + (long)i * weights.Rows, row, second);
        }
    }

    private static void Pair<TFormat>(byte* a, byte* b, float* x, int columns, float* y, int rowA, int rowB)
        where TFormat : IFloatFormat
    {
        var (sumA, sumB) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var k = 0;
        for (; k + Lanes.Count <= columns; k += Lanes.Count)
        {
            var values = Vector512.Load(x + k);
            sumA = Vector512.FusedMultiplyAdd(TFormat.Load(a, k), values, sumA);
            sumB = Vector512.FusedMultiplyAdd(TFormat.Load(b, k), values, sumB);
        }

        if (k < columns)
        {
            var values = Tail<Float32>((byte*)x, k, columns);
            sumA = Vector512.FusedMultiplyAdd(Tail<TFormat>(a, k, columns), values, sumA);
            sumB = Vector512.FusedMultiplyAdd(Tail<TFormat>(b, k, columns), values, sumB);
        }

        y[rowA] = Lanes.Fold(sumA);
        y[rowB] = Lanes.Fold(sumB);
    }

    private static void Tile<TFormat>(byte* a, byte* b, float* x, int columns, float* y, int rowA, int rowB, int rows)
        where TFormat : IFloatFormat
    {
        float* x0 = x, x1 = x + columns, x2 = x + 2L * columns, x3 = x + 3L * columns;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        var k = 0;
        for (; k + Lanes.Count <= columns; k += Lanes.Count)
        {
            var weightsA = TFormat.Load(a, k);
            var weightsB = TFormat.Load(b, k);
            var values = Vector512.Load(x0 + k);
            a0 = Vector512.FusedMultiplyAdd(weightsA, values, a0);
            b0 = Vector512.FusedMultiplyAdd(weightsB, values, b0);
            values = Vector512.Load(x1 + k);
            a1 = Vector512.FusedMultiplyAdd(weightsA, values, a1);
            b1 = Vector512.FusedMultiplyAdd(weightsB, values, b1);
            values = Vector512.Load(x2 + k);
            a2 = Vector512.FusedMultiplyAdd(weightsA, values, a2);
            b2 = Vector512.FusedMultiplyAdd(weightsB, values, b2);
            values = Vector512.Load(x3 + k);
            a3 = Vector512.FusedMultiplyAdd(weightsA, values, a3);
            b3 = Vector512.FusedMultiplyAdd(weightsB, values, b3);
        }

        if (k < columns)
        {
            var weightsA = Tail<TFormat>(a, k, columns);
            var weightsB = Tail<TFormat>(b, k, columns);
            var values = Tail<Float32>((byte*)x0, k, columns);
            a0 = Vector512.FusedMultiplyAdd(weightsA, values, a0);
            b0 = Vector512.FusedMultiplyAdd(weightsB, values, b0);
            values = Tail<Float32>((byte*)x1, k, columns);
            a1 = Vector512.FusedMultiplyAdd(weightsA, values, a1);
            b1 = Vector512.FusedMultiplyAdd(weightsB, values, b1);
            values = Tail<Float32>((byte*)x2, k, columns);
            a2 = Vector512.FusedMultiplyAdd(weightsA, values, a2);
            b2 = Vector512.FusedMultiplyAdd(weightsB, values, b2);
            values = Tail<Float32>((byte*)x3, k, columns);
            a3 = Vector512.FusedMultiplyAdd(weightsA, values, a3);
            b3 = Vector512.FusedMultiplyAdd(weightsB, values, b3);
        }

        y[rowA] = Lanes.Fold(a0);
        y[rowB] = Lanes.Fold(b0);
        y[rows + rowA] = Lanes.Fold(a1);
        y[rows + rowB] = Lanes.Fold(b1);
        y[2L * rows + rowA] = Lanes.Fold(a2);
        y[2L * rows + rowB] = Lanes.Fold(b2);
        y[3L * rows + rowA] = Lanes.Fold(a3);
        y[3L * rows + rowB] = Lanes.Fold(b3);
    }

    /// <summary>The last part of a row, filled up with zeros.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Tail<TFormat>(byte* row, int k, int columns)
        where TFormat : IFloatFormat
    {
        Span<byte> padded = stackalloc byte[Lanes.Count * sizeof(float)];
        padded.Clear();
        new ReadOnlySpan<byte>(row + (long)k * TFormat.Bytes, (columns - k) * TFormat.Bytes).CopyTo(padded);
        return TFormat.Load((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(padded)), 0);
    }

    private interface IFloatFormat
    {
        static abstract int Bytes { get; }

        /// <summary>Sixteen values from element <paramref name="k"/>.</summary>
        static abstract Vector512<float> Load(byte* row, int k);
    }

    private readonly struct Float32 : IFloatFormat
    {
        public static int Bytes => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* row, int k) => Vector512.Load((float*)row + k);
    }

    private readonly struct BFloat16 : IFloatFormat
    {
        public static int Bytes => sizeof(ushort);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* row, int k)
        {
            var (low, high) = Vector256.Widen(Vector256.Load((ushort*)row + k));
            return (Vector512.Create(low, high) << 16).AsSingle();
        }
    }

    /// <summary>
    /// Exponent and mantissa move to their places in an f32 whose exponent bias is then corrected by a multiplication with
    /// 2¹¹², exact for subnormals too; infinities and NaNs get the exponent that the multiplication cannot give.
    /// </summary>
    private readonly struct Float16 : IFloatFormat
    {
        public static int Bytes => sizeof(ushort);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(byte* row, int k)
        {
            var (low, high) = Vector256.Widen(Vector256.Load((ushort*)row + k));
            var bits = Vector512.Create(low, high);
            var sign = (bits & Vector512.Create(0x8000u)) << 16;
            var magnitude = (bits & Vector512.Create(0x7fffu)) << 13;
            var scaled = (magnitude.AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle(0x77800000u))).AsUInt32();
            var special = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x0f800000u)) & Vector512.Create(0x7f800000u);
            return (scaled | special | sign).AsSingle();
        }
    }
}
