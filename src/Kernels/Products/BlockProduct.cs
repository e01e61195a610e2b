using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>
/// Products with quantised weights on AVX2. Eight rows of W run side by side: after each 32 codes their eight integer sums
/// turn into one vector, so that every lane goes through its row's blocks in the order that the reference does.
/// </summary>
internal static unsafe class BlockProduct
{
    private const int TokenTile = 4;

    public static void Multiply(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y)
    {
        switch (weights.Type)
        {
            case WeightType.Q8_0:
                Multiply<Q80Format>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q4_0:
                Multiply<Q40Format>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q4_1:
                Multiply<Q41Format>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q5_0:
                Multiply<Q50Format>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q5_1:
                Multiply<Q51Format>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q2_K:
                Multiply<Q2KFormat>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q3_K:
                Multiply<Q3KFormat>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q4_K:
                Multiply<Q4KFormat>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q5_K:
                Multiply<Q5KFormat>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.Q6_K:
                Multiply<Q6KFormat>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.IQ4_NL:
                Multiply<IQ4NLFormat>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.IQ4_XS:
                Multiply<IQ4XSFormat>(weights, x, firstRow, lastRow, y);
                break;
            case WeightType.MXFP4:
                Multiply<MXFP4Format>(weights, x, firstRow, lastRow, y);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(weights), weights.Type, "no block format");
        }
    }

    private static void Multiply<TFormat>(WeightMatrix weights, ActivationRows x, int firstRow, int lastRow, float* y)
        where TFormat : IBlockFormat
    {
        var rows = stackalloc byte*[MatMul.RowTile];
        fixed (sbyte* codes = x.Codes)
        fixed (float* scales = x.Scales)
        fixed (int* sums = x.Sums)
        {
            var activations = new Activations(codes, scales, sums, weights.Columns);
            for (var row = firstRow; row < lastRow; row += MatMul.RowTile)
            {
                // Lanes past the last row repeat it; their results are not written.
                for (var lane = 0; lane < MatMul.RowTile; lane++)
                    rows[lane] = weights.Pointer + Math.Min(row + lane, lastRow - 1) * weights.RowBytes;
                var count = Math.Min(MatMul.RowTile, lastRow - row);
                for (var token = 0; token < x.Count; token += TokenTile)
                {
                    Tile<TFormat>(
                        rows, activations, token, Math.Min(TokenTile, x.Count - token), y + (long)token * weights.Rows + row, weights.Rows, count);
                }
            }
        }
    }

    /// <summary>Eight rows by up to four tokens.</summary>
    [SkipLocalsInit]
    private static void Tile<TFormat>(byte** rows, in Activations x, int firstToken, int tokens, float* y, int stride, int count)
        where TFormat : IBlockFormat
    {
        var sums = stackalloc Vector256<float>[TokenTile];
        var partial = stackalloc Vector256<int>[TokenTile * MatMul.RowTile];
        var scales = stackalloc float[TFormat.Groups * MatMul.RowTile];
        var minimums = stackalloc float[TFormat.Groups * MatMul.RowTile];
        var firsts = stackalloc int[MatMul.RowTile];
        var seconds = stackalloc int[MatMul.RowTile];
        for (var token = 0; token < tokens; token++)
            sums[token] = Vector256<float>.Zero;

        var groupsOfRow = x.Columns / ActivationQuantizer.BlockSize;
        for (var block = 0; block < groupsOfRow / TFormat.Groups; block++)
        {
            var offset = (long)block * TFormat.BlockBytes;
            for (var lane = 0; lane < MatMul.RowTile; lane++)
                TFormat.Scales(rows[lane] + offset, scales + lane, minimums + lane);
            for (var group = 0; group < TFormat.Groups; group++)
            {
                var index = (long)firstToken * groupsOfRow + block * TFormat.Groups + group;
                Dots<TFormat>(rows, offset, group, x.Codes + index * ActivationQuantizer.BlockSize, x.Columns, tokens, partial);
                var scale = Vector256.Load(scales + group * MatMul.RowTile);
                if (TFormat.HasMinimumWeights)
                {
                    for (var lane = 0; lane < MatMul.RowTile; lane++)
                        (firsts[lane], seconds[lane]) = TFormat.MinimumWeights(rows[lane] + offset, group);
                }

                for (var token = 0; token < tokens; token++)
                {
                    var at = index + (long)token * groupsOfRow;
                    var dot = AddAcross(partial + token * MatMul.RowTile);
                    if (TFormat.Offset != 0)
                        dot -= Vector256.Create(TFormat.Offset * x.Sum(at));
                    var scaleX = Vector256.Create(x.Scales[at]);
                    sums[token] = Fma.MultiplyAdd(scale * scaleX, Avx.ConvertToVector256Single(dot), sums[token]);
                    if (TFormat.HasMinimum)
                    {
                        var minimum = Vector256.Load(minimums + group * MatMul.RowTile);
                        var weighed = TFormat.HasMinimumWeights
                            ? Avx.ConvertToVector256Single(Vector256.Load(firsts) * x.FirstSum(at) + Vector256.Load(seconds) * x.SecondSum(at))
                            : Vector256.Create((float)x.Sum(at));
                        sums[token] = Fma.MultiplyAdd(minimum * scaleX, weighed, sums[token]);
                    }
                }
            }
        }

        for (var token = 0; token < tokens; token++)
        {
            for (var lane = 0; lane < count; lane++)
                y[(long)token * stride + lane] = sums[token][lane];
        }
    }

    /// <summary>The integer products of one group of 32 codes, eight partial sums for each (token, row).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dots<TFormat>(
        byte** rows, long offset, int group, sbyte* x, int columns, int tokens, Vector256<int>* partial)
        where TFormat : IBlockFormat
    {
        for (var lane = 0; lane < MatMul.RowTile; lane++)
        {
            var block = rows[lane] + offset;
            var codes = TFormat.Codes(block, group);
            var weights = TFormat.PairWeights(block, group);
            var magnitude = TFormat.SignedCodes ? Avx2.Abs(codes.AsSByte()) : codes;
            for (var token = 0; token < tokens; token++)
            {
                var activations = Vector256.Load(x + (long)token * columns);

                // |w| · sign(x, w) = w · x; neighbours add up to at most 2 · 128 · 127, which 16 bits hold.
                if (TFormat.SignedCodes)
                    activations = Avx2.Sign(activations, codes.AsSByte());
                var pairs = Avx2.MultiplyAddAdjacent(magnitude, activations);
                partial[token * MatMul.RowTile + lane] = Avx2.MultiplyAddAdjacent(pairs, weights);
            }
        }
    }

    /// <summary>Lane i of the result is the sum of the lanes of vector i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddAcross(Vector256<int>* rows)
    {
        var pairs0 = Avx2.HorizontalAdd(rows[0], rows[1]);
        var pairs1 = Avx2.HorizontalAdd(rows[2], rows[3]);
        var pairs2 = Avx2.HorizontalAdd(rows[4], rows[5]);
        var pairs3 = Avx2.HorizontalAdd(rows[6], rows[7]);
        var quads0 = Avx2.HorizontalAdd(pairs0, pairs1);
        var quads1 = Avx2.HorizontalAdd(pairs2, pairs3);
        return Avx2.Permute2x128(quads0, quads1, 0x20) + Avx2.Permute2x128(quads0, quads1, 0x31);
    }

    /// <summary>Where the prepared rows are.</summary>
    private readonly struct Activations(sbyte* codes, float* scales, int* sums, int columns)
    {
        public readonly sbyte* Codes = codes;
        public readonly float* Scales = scales;
        public readonly int Columns = columns;

        private readonly int* _sums = sums;

        /// <summary>The sum of a block's codes.</summary>
        public int Sum(long block) => FirstSum(block) + SecondSum(block);

        /// <summary>Of its first sixteen.</summary>
        public int FirstSum(long block) => _sums[2 * block];

        /// <summary>Of its last sixteen.</summary>
        public int SecondSum(long block) => _sums[2 * block + 1];
    }
}
