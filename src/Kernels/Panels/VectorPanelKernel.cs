using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace MoE.Kernels;

/// <summary>
/// A panel by a tile in 128-bit vectors: for machines whose code is not made at start-up. Four rows of W at a time keep a group's
/// codes in eight registers while the rows of x pass. The operations are those of <see cref="ReferenceProduct"/> in its order.
/// </summary>
internal static unsafe class VectorPanelKernel
{
    private const int Quarters = 4;

    /// <summary>The kernel for a type.</summary>
    /// <param name="type">Type of W.</param>
    /// <param name="dotProduct">Whether the machine has Arm's <c>sdot</c>.</param>
    public static delegate*<PanelKernelArguments*, int, void> Get(WeightType type, bool dotProduct) =>
        dotProduct ? Get<ArmDot>(type) : Get<PlainDot>(type);

    private static delegate*<PanelKernelArguments*, int, void> Get<TDot>(WeightType type)
        where TDot : IByteDot => type switch
        {
            WeightType.Q4_0 => &Run<Q40Panel, TDot>,
            WeightType.Q8_0 => &Run<Q80Panel, TDot>,
            WeightType.Q4_K => &Run<Q4KPanel, TDot>,
            WeightType.Q6_K => &Run<Q6KPanel, TDot>,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no panel order"),
        };

    private static void Run<TFormat, TDot>(PanelKernelArguments* arguments, int rows)
        where TFormat : IPanelFormat
        where TDot : IByteDot
    {
        var sums = stackalloc Vector128<float>[ActivationTiles.Rows * Quarters];
        new Span<Vector128<float>>(sums, rows * Quarters).Clear();
        var headerBytes = PanelLayout.BlockHeaderBytes(TFormat.Type);
        var groupBytes = PanelLayout.GroupBytes(TFormat.Type);
        var groups = TFormat.Type.BlockSize() / PanelLayout.Group;
        var group = arguments->Weights;
        var tile = arguments->Tile;
        for (var block = 0L; block < arguments->Blocks; block++)
        {
            var header = group;
            group += headerBytes;
            for (var i = 0; i < groups; i++, group += groupBytes, tile += rows * ActivationTiles.RowGroupBytes)
            {
                for (var quarter = 0; quarter < Quarters; quarter++)
                    Quarter<TFormat, TDot>(header, group, quarter, tile, rows, sums + quarter);
            }
        }

        for (var row = 0; row < rows; row++)
        {
            var output = (Vector128<float>*)((byte*)arguments->Output + row * arguments->OutputStride);
            for (var quarter = 0; quarter < Quarters; quarter++)
                output[quarter] = sums[row * Quarters + quarter];
        }
    }

    /// <summary>Four rows of W by all rows of x, one group.</summary>
    private static void Quarter<TFormat, TDot>(byte* header, byte* group, int quarter, byte* tile, int rows, Vector128<float>* sums)
        where TFormat : IPanelFormat
        where TDot : IByteDot
    {
        var codes = group + PanelLayout.GroupHeaderBytes + quarter * sizeof(Vector128<byte>);
        var (c0, c1, c2, c3) = (TFormat.Codes(codes, 0), TFormat.Codes(codes, 1), TFormat.Codes(codes, 2), TFormat.Codes(codes, 3));
        var (c4, c5, c6, c7) = (TFormat.Codes(codes, 4), TFormat.Codes(codes, 5), TFormat.Codes(codes, 6), TFormat.Codes(codes, 7));
        var scale = TFormat.Scale(header, group, quarter);
        var numbers = tile + rows * PanelLayout.Group;
        for (var row = 0; row < rows; row++)
        {
            var x = Vector128.Load((sbyte*)tile + row * PanelLayout.Group);
            var first = TDot.Add(TDot.Add(TDot.Add(TDot.Add(default, c0, x, 0), c1, x, 1), c2, x, 2), c3, x, 3);
            x = Vector128.Load((sbyte*)tile + row * PanelLayout.Group + 16);
            var second = TDot.Add(TDot.Add(TDot.Add(TDot.Add(default, c4, x, 0), c5, x, 1), c6, x, 2), c7, x, 3);
            var dot = TFormat.Join(first, second, group, quarter);
            var scaleX = ((float*)numbers)[row];
            var sum = Vector128.FusedMultiplyAdd(scale * scaleX, Vector128.ConvertToSingle(dot), sums[row * Quarters]);
            if (TFormat.HasMinimum)
            {
                var negated = Vector128.Create((float)((int*)numbers)[rows + row]);
                sum = Vector128.FusedMultiplyAdd(TFormat.Minimum(header, group, quarter) * scaleX, negated, sum);
            }

            sums[row * Quarters] = sum;
        }
    }

    /// <summary>Adds, in each lane, the products of its four bytes with four bytes of x.</summary>
    private interface IByteDot
    {
        static abstract Vector128<int> Add(
            Vector128<int> sum, Vector128<sbyte> codes, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte four);
    }

    private readonly struct ArmDot : IByteDot
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> Add(
            Vector128<int> sum, Vector128<sbyte> codes, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte four) =>
            Dp.DotProductBySelectedQuadruplet(sum, codes, x, four);
    }

    /// <summary>Odd and even bytes as words: the sum of two products is at most 2 · 128 · 127, which 16 bits just hold.</summary>
    private readonly struct PlainDot : IByteDot
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> Add(
            Vector128<int> sum, Vector128<sbyte> codes, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte four)
        {
            var w = codes.AsInt16();
            var activations = Vector128.Create(x.AsInt32().GetElement(four)).AsInt16();
            var pairs = (((w << 8) >> 8) * ((activations << 8) >> 8) + (w >> 8) * (activations >> 8)).AsInt32();
            return sum + ((pairs << 16) >> 16) + (pairs >> 16);
        }
    }
}
