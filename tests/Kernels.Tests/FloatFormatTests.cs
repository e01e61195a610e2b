using System.Runtime.Intrinsics;

namespace MoE.Kernels.Tests;

/// <summary>Every bit pattern there is.</summary>
public sealed unsafe class FloatFormatTests
{
    private const int Patterns = ushort.MaxValue + 1;

    [Fact]
    public void Load_EveryBrainFloat_IsItsUpperHalf() => Check<BFloat16>(WeightType.BF16, bits => BitConverter.Int32BitsToSingle(bits << 16));

    [Fact]
    public void Load_EveryHalf_IsItsValue() => Check<Float16>(WeightType.F16, bits => (float)BitConverter.UInt16BitsToHalf(bits));

    private static void Check<TFormat>(WeightType type, Func<ushort, float> exact)
        where TFormat : IFloatFormat
    {
        var stored = new ushort[Patterns];
        for (var bits = 0; bits < Patterns; bits++)
            stored[bits] = (ushort)bits;
        fixed (ushort* words = stored)
        {
            var row = (byte*)words;
            for (var k = 0; k < Patterns; k += Lanes.Count)
            {
                var lanes = TFormat.Load(row, k);
                Assert.Equal(lanes, Vector512.Create(TFormat.LoadEight(row, k), TFormat.LoadEight(row, k + Lanes.Count / 2)));
                for (var lane = 0; lane < Lanes.Count; lane++)
                {
                    // A signalling NaN may become a quiet one on the way.
                    var expected = exact((ushort)(k + lane));
                    Assert.Equal(expected, lanes[lane]);
                    Assert.Equal(float.IsNegative(expected), float.IsNegative(lanes[lane]));
                    Assert.Equal(expected, FloatValues.Read(type, row, k + lane));
                    if (float.IsNaN(expected))
                        continue;
                    var back = stored[k + lane];
                    FloatValues.Write(type, row, k + lane, expected);
                    Assert.Equal(back, stored[k + lane]);
                }
            }
        }
    }
}
