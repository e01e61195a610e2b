namespace MoE.Kernels.Tests;

/// <summary>Seeded numbers and weights.</summary>
internal static class Samples
{
    public static readonly WeightType[] AllTypes = Enum.GetValues<WeightType>();

    public static TheoryData<WeightType> Types()
    {
        var data = new TheoryData<WeightType>();
        foreach (var type in AllTypes)
            data.Add(type);
        return data;
    }

    public static float[] Floats(int count, int seed, float scale = 1f)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = (random.NextSingle() * 2 - 1) * scale * (i % 7 == 0 ? 3 : 1);
        return values;
    }

    public static ActivationRows Rows(int count, int columns, int seed)
    {
        var rows = new ActivationRows();
        rows.Reset(count, columns);
        Floats(count * columns, seed).CopyTo(rows.Data);
        return rows;
    }

    /// <summary>
    /// Weights of any type: quantised where there is a quantiser, else random blocks, in which every bit of every code and
    /// scale gets used, with half scales of a size that keeps sums finite.
    /// </summary>
    public static (WeightMatrix Matrix, NativeWeightMemory Memory) Weights(WeightType type, int rows, int columns, int seed)
    {
        var rowBytes = (int)type.RowBytes(columns);
        var memory = new NativeWeightMemory((long)rows * rowBytes);
        for (var row = 0; row < rows; row++)
        {
            var destination = memory.Writable((long)row * rowBytes, rowBytes);
            if (Quantize.Supports(type))
                Quantize.Row(type, Floats(columns, seed + row), destination);
            else
                RandomBlocks(type, destination, new Random(seed + row));
        }

        return (new WeightMatrix(type, rows, columns, memory, 0), memory);
    }

    private static void RandomBlocks(WeightType type, Span<byte> row, Random random)
    {
        random.NextBytes(row);
        for (var block = 0; block < row.Length; block += type.BlockBytes())
        {
            int[] halves = type switch
            {
                WeightType.Q2_K => [80, 82],
                WeightType.Q3_K => [108],
                WeightType.Q6_K => [208],
                WeightType.IQ4_NL or WeightType.IQ4_XS => [0],
                WeightType.MXFP4 => [],
                _ => [0, 2],
            };
            foreach (var at in halves)
                BitConverter.TryWriteBytes(row[(block + at)..], (Half)(random.NextSingle() * 0.02f + 0.001f));
            if (type == WeightType.MXFP4)
                row[block] = (byte)random.Next(118, 124);
        }
    }
}
