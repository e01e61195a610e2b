namespace MoE.Kernels;

/// <summary>The plain form of every product, one output after another. Fast forms equal it bit for bit.</summary>
internal static unsafe class ReferenceProduct
{
    public static void Multiply(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y)
    {
        for (var row = firstRow; row < lastRow; row++)
        {
            for (var token = 0; token < x.Count; token++)
            {
                y[(long)token * weights.Rows + row] = weights.Type.IsQuantized()
                    ? Blocks(weights, row, x, token)
                    : Floats(weights, row, x.Row(token));
            }
        }
    }

    private static float Floats(WeightMatrix weights, int row, ReadOnlySpan<float> x)
    {
        var values = new float[weights.Columns];
        Dequantize.Row(weights.Type, weights.Row(row), values);

        // Fills the last lanes up with zeros, as the vector form does.
        var columns = (x.Length + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
        var padded = new float[columns];
        var paddedX = new float[columns];
        values.CopyTo(padded, 0);
        x.CopyTo(paddedX);
        return VectorOps.DotReference(padded, paddedX);
    }

    /// <summary>
    /// Per group of 32 codes: <c>y += (w.scale · x.scale) · Σ w·x</c>, then with a minimum <c>y += (w.minimum · x.scale) · Σ x</c>.
    /// Where 16 codes share an integer scale (Q2_K, Q3_K, Q6_K), it multiplies the exact sums before the two are joined; so does a minimum.
    /// </summary>
    private static float Blocks(WeightMatrix weights, int row, ActivationRows x, int token)
    {
        var type = weights.Type;
        var blockSize = type.BlockSize();
        var columns = weights.Columns;
        var groups = columns / ActivationQuantizer.BlockSize;
        Span<int> codes = stackalloc int[256];
        Span<float> scales = stackalloc float[16];
        Span<float> minimums = stackalloc float[16];
        Span<int> integerScales = stackalloc int[16];
        Span<int> integerMinimums = stackalloc int[16];
        var integers = BlockCodes.HasIntegerScales(type);
        var sum = 0f;
        fixed (byte* bytes = weights.Row(row))
        {
            for (var block = 0; block < columns / blockSize; block++)
            {
                var source = bytes + (long)block * type.BlockBytes();
                BlockCodes.Read(type, source, codes, scales, minimums);
                var halves = integers ? BlockCodes.IntegerScales(type, source, integerScales, integerMinimums) : default;
                for (var group = 0; group < blockSize / 32; group++)
                {
                    var index = token * groups + block * (blockSize / 32) + group;
                    var activations = x.Codes.Slice(index * 32, 32);
                    var scaleX = x.Scales[index];
                    var sums = x.Sums.Slice(2 * index, 2);
                    var (scale, dot) = integers
                        ? (halves.Scale, ScaledDot(codes.Slice(group * 32, 32), activations, integerScales.Slice(2 * group, 2)))
                        : (scales[group], Dot(codes.Slice(group * 32, 32), activations));
                    sum = MathF.FusedMultiplyAdd(scale * scaleX, dot, sum);
                    if (!BlockCodes.HasMinimum(type))
                        continue;
                    var (minimum, weighed) = integers
                        ? (halves.Minimum, integerMinimums[2 * group] * sums[0] + integerMinimums[2 * group + 1] * sums[1])
                        : (minimums[group], sums[0] + sums[1]);
                    sum = MathF.FusedMultiplyAdd(minimum * scaleX, weighed, sum);
                }
            }
        }

        return sum;
    }

    private static int Dot(ReadOnlySpan<int> codes, ReadOnlySpan<sbyte> x)
    {
        var sum = 0;
        for (var i = 0; i < codes.Length; i++)
            sum += codes[i] * x[i];
        return sum;
    }

    private static int ScaledDot(ReadOnlySpan<int> codes, ReadOnlySpan<sbyte> x, ReadOnlySpan<int> scales) =>
        scales[0] * Dot(codes[..16], x[..16]) + scales[1] * Dot(codes[16..], x[16..]);
}
