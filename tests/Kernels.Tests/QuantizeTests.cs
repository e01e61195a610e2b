using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MoE.Kernels.Tests;

public sealed class QuantizeTests
{
    [Theory]
    [InlineData(WeightType.F32, 0)]
    [InlineData(WeightType.F16, 1e-3)]
    [InlineData(WeightType.BF16, 8e-3)]
    [InlineData(WeightType.Q8_0, 0.5 / 127 * 1.02)]
    [InlineData(WeightType.Q5_0, 1.0 / 16 * 1.02)]
    [InlineData(WeightType.Q5_1, 1.0 / 31 * 1.02)]
    [InlineData(WeightType.Q4_0, 1.0 / 8 * 1.02)]
    [InlineData(WeightType.Q4_1, 1.0 / 15 * 1.02)]
    public void Row_ThereAndBack_WithinAStep(WeightType type, double bound)
    {
        var values = Samples.Floats(320, seed: 1);
        var bytes = new byte[type.RowBytes(320)];
        Quantize.Row(type, values, bytes);
        var back = new float[320];
        Dequantize.Row(type, bytes, back);
        for (var block = 0; block < 10; block++)
        {
            var most = values.AsSpan(block * 32, 32).ToArray().Max(MathF.Abs);
            for (var i = block * 32; i < block * 32 + 32; i++)
                Assert.InRange(Math.Abs(values[i] - back[i]), 0, bound * most + 1e-9);
        }
    }

    [Fact]
    public void Row_Q40OfOneBlock_BytesByHand()
    {
        // The extreme is -8, so d = 1 and code = value + 8; codes i and i + 16 share a byte.
        var values = new float[32];
        for (var i = 0; i < 32; i++)
            values[i] = i % 16 - 8;
        var bytes = new byte[18];
        Quantize.Row(WeightType.Q4_0, values, bytes);
        Assert.Equal("003C" + "00112233445566778899AABBCCDDEEFF", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Row_Q80HalfSteps_RoundAwayFromZero()
    {
        var values = new float[32];
        values[0] = 127;
        values[1] = 0.5f;
        values[2] = -0.5f;
        values[3] = 2.5f;
        var bytes = new byte[34];
        Quantize.Row(WeightType.Q8_0, values, bytes);
        Assert.Equal(new sbyte[] { 127, 1, -1, 3, 0 }, bytes[2..7].Select(code => (sbyte)code));
    }

    [Fact]
    public void Row_Q4KByHand_EqualsTheFormula()
    {
        // d = 2, dmin = 0.5; sub-block 0: scale 3, minimum 4; sub-block 5: scale 0x2A = 42, minimum 0x15 = 21.
        var block = new byte[144];
        BitConverter.TryWriteBytes(block.AsSpan(0), (Half)2f);
        BitConverter.TryWriteBytes(block.AsSpan(2), (Half)0.5f);
        block[4] = 3;
        block[8] = 4;
        block[5] = 0b1000_0000;
        block[9] = 0b0100_0000;
        block[13] = 0x5A;
        block[16] = 0x0F;
        block[16 + 64] = 0x90;
        var values = new float[256];
        Dequantize.Row(WeightType.Q4_K, block, values);
        Assert.Equal(2f * 3 * 15 - 0.5f * 4, values[0]);
        Assert.Equal(-2f, values[1]);
        Assert.Equal(2f * 42 * 9 - 0.5f * 21, values[160]);
    }

    [Fact]
    public void Row_Q6KByHand_EqualsTheFormula()
    {
        var block = new byte[210];
        BitConverter.TryWriteBytes(block.AsSpan(208), (Half)0.25f);
        block[192] = 5;
        block[192 + 15] = unchecked((byte)-7);
        block[0] = 0x0B;
        block[128] = 0b01;
        block[127] = 0xC0;
        block[128 + 63] = 0b10_00_00_00;
        var values = new float[256];
        Dequantize.Row(WeightType.Q6_K, block, values);
        Assert.Equal(0.25f * 5 * (0x1B - 32), values[0]);
        Assert.Equal(0.25f * -7 * (0x2C - 32), values[255]);
    }

    [Fact]
    public void Row_Q3KByHand_EqualsTheFormula()
    {
        // d = 0.5; codes 0 to 15 have scale (9 | 2 << 4) - 32 = 9, the last sixteen (14 | 1 << 4) - 32 = -2.
        var block = new byte[110];
        BitConverter.TryWriteBytes(block.AsSpan(108), (Half)0.5f);
        block[96] = 9;
        block[96 + 7] = 14 << 4;
        block[96 + 8] = 2;
        block[96 + 8 + 3] = 1 << 6;
        block[32] = 2;
        block[32 + 63] = 3 << 6;
        block[0] = 1;
        var values = new float[256];
        Dequantize.Row(WeightType.Q3_K, block, values);
        Assert.Equal(0.5f * 9 * 2, values[0]);
        Assert.Equal(0.5f * 9 * -4, values[1]);
        Assert.Equal(0.5f * -2 * (3 - 4), values[255]);
    }

    [Fact]
    public void Row_Mxfp4ByHand_EqualsTheFormula()
    {
        // 2^(126 - 127); code 7 is 6 and code 9 is -0.5.
        var block = new byte[17];
        block[0] = 126;
        block[1] = 0x97;
        var values = new float[32];
        Dequantize.Row(WeightType.MXFP4, block, values);
        Assert.Equal((0.5f * 6, 0.5f * -0.5f, 0f), (values[0], values[16], values[1]));
    }

    /// <summary>Random blocks and, of the floats that ggml 0.25 makes of them, the start of their SHA-256.</summary>
    [Theory]
    [InlineData(
        WeightType.Q2_K,
        "C9mXUBfKnFFjDSj3Sht6wSzZAht74QN5+8gdC98A+5UIbxWx8t5wEwxR3Ksvyo6PjQYYi6lFbgnno/xc2WvtcmWbPteBagNbtHJ7EuqjqV8EI0Uf",
        "cd6b2d78c99d0ef745cd2ae56ae77120")]
    [InlineData(
        WeightType.Q3_K,
        "zKJfYK3Zm1lBicxT2/TGO0Mbh8ec766DkZ2XiOWbpNtGDhVDR+mu7VmLht5BsN3Y0uXPXQNTe5AB43EB9/3eRuIIxxK47nU8gXdvA3zEXetIdcnOFGDGi/NA6SsQBCwcNoo0xD3JSKWqqBkNBCM=",
        "a9dcbb51384b3ae60fb93006b46a5912")]
    [InlineData(
        WeightType.IQ4_NL,
        "BCO4Y7dw/mwEePPxRiElJHvb",
        "f2bf0cbddc27a44903ed8aa4260a8bb0")]
    [InlineData(
        WeightType.IQ4_XS,
        "BCOSMzyzXuQF/zzscsSM4UcJcx8tsFyeaL2llTkW9eiQce2thMSVAs2iuxfC2zQAw/ozo4lee7qkmlFD8oL6TLtc5ZYPNUtjD9zoDGxdt91ZgwLT60Jd7YQOwmCjsoxz9pMwSYN0zVcMBxTkiBqSYqlnj65L7raK9MYW/DO5X8gphUVC/n4ynQ==",
        "eb3d9a61bde7ba308c2eb864ce8de783")]
    [InlineData(
        WeightType.MXFP4,
        "eVh2bkPtqB6fk2rKjnjdzXQ=",
        "5a04b2a0c01f8fa3721bc6d5f7458f08")]
    [InlineData(
        WeightType.Q6_K,
        "DwDVrB+5AGPPfKu6ZgU7yK5GHzuX3xcFOiwJhppUhjDloWZvVt5brpBV/FYdQ3MON9TwyIhjhN3m3ShxO5uGv9hpVanmss3tKHKbPy6wHSFr4NJoefN8jyfQWksMF0j6mRYyhGXtHb4m5F+OjUhriTkXzOgp0r2HBpbd+bonfWxDVbV7q54IWsXsuqhTyf5EvYPvOc6j7vfOLbmJVH9ei+WhkhTOV4KNUFecLu64rhNqcKJebpFWY0vPZFTGl5wCjUUabIZRF7BuSG4XPgDV4AQj",
        "62b99ed533f24ea40e6336f625d9dd27")]
    public void Row_RandomBlock_IsWhatGgmlMakesOfIt(WeightType type, string block, string digest)
    {
        var values = new float[type.BlockSize()];
        Dequantize.Row(type, Convert.FromBase64String(block), values);
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())))[..digest.Length]);
    }

    [Fact]
    public void Row_HalfsAndBrainFloats_RoundToNearestEven()
    {
        var brains = new byte[4];
        Quantize.Row(WeightType.BF16, [BitConverter.UInt32BitsToSingle(0x3F808000), BitConverter.UInt32BitsToSingle(0x3F818000)], brains);
        Assert.Equal("803F823F", Convert.ToHexString(brains));
        var back = new float[1];
        Dequantize.Row(WeightType.F16, [0x01, 0x00], back);
        Assert.Equal(MathF.ScaleB(1, -24), back[0]);
    }

    [Fact]
    public void Row_WrongLengths_NamesThem()
    {
        Assert.Contains("33 values", Assert.Throws<ArgumentException>(() => Quantize.Row(WeightType.Q8_0, new float[33], new byte[34])).Message);
        Assert.Contains("34 bytes, not 35", Assert.Throws<ArgumentException>(() => Dequantize.Row(WeightType.Q8_0, new byte[35], new float[32])).Message);
        Assert.Contains("q6_k", Assert.Throws<ArgumentException>(() => Quantize.Row(WeightType.Q6_K, new float[256], new byte[210])).Message);
    }

    /// <summary>A converted model does not stay in memory as the file has it too.</summary>
    [Fact]
    public void Convert_OfAMappedFile_GivesItsPagesBack()
    {
        const int Rows = 1024;
        const int Columns = 1024;
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllBytes(path, new byte[Rows * Columns * sizeof(float)]);
        try
        {
            using var mapped = MappedWeightMemory.Open(path);
            var (matrix, memory) = Quantize.Convert(new WeightMatrix(WeightType.F32, Rows, Columns, mapped, 0), WeightType.Q8_0);
            using (memory)
                Assert.Equal(Rows, matrix.Rows);
            if (OperatingSystem.IsLinux())
                Assert.Equal("0", ResidentKilobytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Convert_MatrixToQ80_RowsAsQuantizeRow()
    {
        var (source, memory) = Samples.Weights(WeightType.BF16, 40, 64, seed: 3);
        using (memory)
        {
            var (matrix, converted) = Quantize.Convert(source, WeightType.Q8_0);
            using (converted)
            {
                var values = new float[64];
                Dequantize.Row(WeightType.BF16, source.Row(39), values);
                var bytes = new byte[68];
                Quantize.Row(WeightType.Q8_0, values, bytes);
                Assert.Equal(bytes, matrix.Row(39).ToArray());
            }
        }
    }

    /// <summary>What /proc/self/smaps says of a file's mapping.</summary>
    private static string ResidentKilobytes(string path) => File.ReadLines("/proc/self/smaps")
        .SkipWhile(line => !line.EndsWith(path, StringComparison.Ordinal))
        .First(line => line.StartsWith("Rss:", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
}
