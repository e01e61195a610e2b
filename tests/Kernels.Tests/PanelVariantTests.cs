using CsCheck;
using Iced.Intel;

namespace MoE.Kernels.Tests;

/// <summary>Every variant that the machine has against the plain reference, and so against each other, bit for bit.</summary>
public sealed unsafe class PanelVariantTests
{
    /// <summary>Up to five panels, of which the last is a part; rows of x that end in a part of a tile.</summary>
    private static readonly Gen<(int Outputs, int Rows, int Blocks, int Seed)> s_shapes =
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 37], Gen.Int[1, 3], Gen.Int[0, 1 << 20]);

    public static TheoryData<WeightType> Types => PanelTests.Types;

    [VariantTheory(KernelVariant.Avx512)]
    [MemberData(nameof(Types))]
    public void Multiply_Avx512_SameBitsAsReference(WeightType type) => SameBits(KernelVariant.Avx512, type);

    [VariantTheory(KernelVariant.AvxVnni)]
    [MemberData(nameof(Types))]
    public void Multiply_AvxVnni_SameBitsAsReference(WeightType type) => SameBits(KernelVariant.AvxVnni, type);

    [VariantTheory(KernelVariant.Avx2)]
    [MemberData(nameof(Types))]
    public void Multiply_Avx2_SameBitsAsReference(WeightType type) => SameBits(KernelVariant.Avx2, type);

    [VariantTheory(KernelVariant.ArmDp)]
    [MemberData(nameof(Types))]
    public void Multiply_ArmDp_SameBitsAsReference(WeightType type) => SameBits(KernelVariant.ArmDp, type);

    [VariantTheory(KernelVariant.Portable)]
    [MemberData(nameof(Types))]
    public void Multiply_Portable_SameBitsAsReference(WeightType type) => SameBits(KernelVariant.Portable, type);

    /// <summary>A machine has one of the two encodings; the programs are the same, so a test of one is a test of both.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Emit_BothEncodingsOf256BitVnni_TheSameInstructions(WeightType type)
    {
        for (var rows = 1; rows <= ActivationTiles.Rows; rows++)
        {
            var encoded = new Avx2PanelEmitter(type, rows, ByteDot.Vnni).Emit();
            var other = new Avx2PanelEmitter(type, rows, ByteDot.Vnni512).Emit();
            Assert.NotEqual(encoded, other);
            Assert.Equal(Instructions(encoded), Instructions(other));
        }
    }

    private static void SameBits(KernelVariant variant, WeightType type)
    {
        s_shapes.Sample(
            shape =>
            {
                var columns = shape.Blocks * 256;
                Check(variant, type, shape.Outputs, Samples.Rows(shape.Rows, columns, shape.Seed), shape.Seed + 1);
            },
            iter: 40, threads: 1);

        // Integer sums as large as they can be, and numbers that are none.
        var x = new ActivationRows();
        x.Reset(5, 512);
        x.Row(0).Fill(1f);
        x.Row(1).Fill(-1f);
        x.Row(2).Fill(float.NaN);
        x.Row(3).Fill(float.Epsilon);
        x.Row(4).Fill(float.MaxValue);
        foreach (var code in new byte[] { 0x00, 0x80, 0x7f, 0xff })
            Check(variant, type, 17, x, seed: 3, code);
    }

    private static void Check(KernelVariant variant, WeightType type, int outputs, ActivationRows x, int seed, byte? code = null)
    {
        var (weights, memory) = Samples.Weights(type, outputs, x.Columns, seed);
        using (memory)
        {
            if (code is { } byteOfAll)
                FillCodes(weights, memory, byteOfAll);
            x.Prepare(type);
            using var tiles = Tiles(x);
            var (packed, panels) = WeightPanels.Pack(weights);
            using (panels)
            {
                var fast = new float[x.Count * outputs];
                var plain = new float[x.Count * outputs];
                fixed (float* y = fast)
                    PanelProduct.Multiply(PanelKernels.Of(variant), packed[0], tiles, 0, PanelLayout.Panels(outputs), y, outputs);
                fixed (float* y = plain)
                    ReferenceProduct.Multiply(weights, x, 0, outputs, y);
                Assert.Equal(plain, fast);
            }
        }
    }

    /// <summary>Every code and integer scale, and the half scales as they were.</summary>
    private static void FillCodes(WeightMatrix weights, NativeWeightMemory memory, byte code)
    {
        var blockBytes = weights.Type.BlockBytes();
        var halves = weights.Type switch
        {
            WeightType.Q6_K => (208, 2),
            WeightType.Q4_K => (0, 4),
            _ => (0, 2),
        };
        for (var at = 0; at < weights.Bytes; at += blockBytes)
        {
            var block = memory.Writable(at, blockBytes);
            var kept = block.Slice(halves.Item1, halves.Item2).ToArray();
            block.Fill(code);
            kept.CopyTo(block[halves.Item1..]);
        }
    }

    private static ActivationTiles Tiles(ActivationRows x)
    {
        var tiles = new ActivationTiles();
        tiles.Reset(x.Count, x.Columns);
        var groups = x.Columns / PanelLayout.Group;
        for (var row = 0; row < x.Count; row++)
            tiles.Put(row, x.Codes.Slice(row * x.Columns, x.Columns), x.Scales.Slice(row * groups, groups), x.Sums.Slice(2 * row * groups, 2 * groups));
        return tiles;
    }

    /// <summary>Jumps without their distance, which depends on the length of what they pass.</summary>
    private static List<string> Instructions(byte[] code)
    {
        var decoder = Iced.Intel.Decoder.Create(64, code);
        var instructions = new List<string>();
        while (decoder.IP < (ulong)code.Length)
        {
            var instruction = decoder.Decode();
            instructions.Add(instruction.IsJccShortOrNear ? instruction.Mnemonic.ToString() : instruction.ToString());
        }

        return instructions;
    }
}
