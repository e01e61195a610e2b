namespace MoE.Kernels;

/// <summary>One row's block into a panel and out of it. Four columns' codes move at once, as one 32-bit word.</summary>
internal static unsafe class PanelBlocks
{
    /// <summary>What turns four signed codes to unsigned ones and back.</summary>
    public const uint SignBits = 0x80808080;

    private const uint LowNibbles = 0x0f0f0f0f;
    private const uint HighNibbles = 0xf0f0f0f0;
    private const uint LowPairs = 0x03030303;

    /// <summary>Copies a row's block into its lane of a panel's block.</summary>
    /// <param name="type">A type of <see cref="PanelLayout.Supports"/>.</param>
    /// <param name="block">The row's block.</param>
    /// <param name="row">The row's place in the panel.</param>
    /// <param name="panel">The panel's block.</param>
    public static void Put(WeightType type, byte* block, int row, byte* panel)
    {
        switch (type)
        {
            case WeightType.Q4_0:
                Half(panel, row) = *(ushort*)block;
                for (var j = 0; j < 4; j++)
                    Word(panel + PanelLayout.GroupHeaderBytes, j, row) = ((uint*)(block + 2))[j];
                break;
            case WeightType.Q8_0:
                Half(panel, row) = *(ushort*)block;
                for (var j = 0; j < 8; j++)
                    Word(panel + PanelLayout.GroupHeaderBytes, j, row) = ((uint*)(block + 2))[j] ^ SignBits;
                break;
            case WeightType.Q4_K:
                PutQ4K(block, row, panel);
                break;
            case WeightType.Q6_K:
                PutQ6K(block, row, panel);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "no panel order");
        }
    }

    /// <summary>The reverse of <see cref="Put"/>.</summary>
    public static void Take(WeightType type, byte* panel, int row, byte* block)
    {
        switch (type)
        {
            case WeightType.Q4_0:
                *(ushort*)block = Half(panel, row);
                for (var j = 0; j < 4; j++)
                    ((uint*)(block + 2))[j] = Word(panel + PanelLayout.GroupHeaderBytes, j, row);
                break;
            case WeightType.Q8_0:
                *(ushort*)block = Half(panel, row);
                for (var j = 0; j < 8; j++)
                    ((uint*)(block + 2))[j] = Word(panel + PanelLayout.GroupHeaderBytes, j, row) ^ SignBits;
                break;
            case WeightType.Q4_K:
                TakeQ4K(panel, row, block);
                break;
            case WeightType.Q6_K:
                TakeQ6K(panel, row, block);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "no panel order");
        }
    }

    private static void PutQ4K(byte* block, int row, byte* panel)
    {
        Half(panel, row) = *(ushort*)block;
        Half(panel + 2 * PanelLayout.Rows, row) = *(ushort*)(block + 2);
        for (var group = 0; group < 8; group++)
        {
            var output = GroupOf(WeightType.Q4_K, panel, group);
            var (scale, minimum) = BlockCodes.ScaleAndMinimum(block + 4, group);
            output[row] = (byte)scale;
            output[PanelLayout.Rows + row] = (byte)minimum;
            var words = (uint*)(block + 16 + group / 2 * 32);
            for (var j = 0; j < 4; j++)
                Word(output + PanelLayout.GroupHeaderBytes, j, row) = Nibbles(words, j, high: group % 2 == 1);
        }
    }

    private static void TakeQ4K(byte* panel, int row, byte* block)
    {
        *(ushort*)block = Half(panel, row);
        *(ushort*)(block + 2) = Half(panel + 2 * PanelLayout.Rows, row);
        new Span<byte>(block + 4, 140).Clear();
        for (var group = 0; group < 8; group++)
        {
            var input = GroupOf(WeightType.Q4_K, panel, group);
            PackScaleAndMinimum(block + 4, group, input[row], input[PanelLayout.Rows + row]);
            var words = (uint*)(block + 16 + group / 2 * 32);
            for (var j = 0; j < 4; j++)
                AddNibbles(words, j, high: group % 2 == 1, Word(input + PanelLayout.GroupHeaderBytes, j, row));
        }
    }

    private static void PutQ6K(byte* block, int row, byte* panel)
    {
        Half(panel, row) = *(ushort*)(block + 208);
        for (var group = 0; group < 8; group++)
        {
            var (half, quarter) = (group / 4, group % 4);
            var output = GroupOf(WeightType.Q6_K, panel, group);
            output[row] = block[192 + 2 * group];
            output[PanelLayout.Rows + row] = block[192 + 2 * group + 1];
            var low = (uint*)(block + half * 64 + quarter % 2 * 32);
            for (var j = 0; j < 4; j++)
                Word(output + PanelLayout.GroupHeaderBytes, j, row) = Nibbles(low, j, high: quarter >= 2);
            var high = (uint*)(block + 128 + half * 32);
            for (var h = 0; h < 2; h++)
            {
                var pairs = 0u;
                for (var j = 0; j < 4; j++)
                    pairs |= (high[4 * h + j] >> (2 * quarter) & LowPairs) << (2 * j);
                Word(output + PanelLayout.GroupHeaderBytes, 4 + h, row) = pairs;
            }
        }
    }

    private static void TakeQ6K(byte* panel, int row, byte* block)
    {
        *(ushort*)(block + 208) = Half(panel, row);
        new Span<byte>(block, 192).Clear();
        for (var group = 0; group < 8; group++)
        {
            var (half, quarter) = (group / 4, group % 4);
            var input = GroupOf(WeightType.Q6_K, panel, group);
            block[192 + 2 * group] = input[row];
            block[192 + 2 * group + 1] = input[PanelLayout.Rows + row];
            var low = (uint*)(block + half * 64 + quarter % 2 * 32);
            for (var j = 0; j < 4; j++)
                AddNibbles(low, j, high: quarter >= 2, Word(input + PanelLayout.GroupHeaderBytes, j, row));
            var high = (uint*)(block + 128 + half * 32);
            for (var h = 0; h < 2; h++)
            {
                var pairs = Word(input + PanelLayout.GroupHeaderBytes, 4 + h, row);
                for (var j = 0; j < 4; j++)
                    high[4 * h + j] |= (pairs >> (2 * j) & LowPairs) << (2 * quarter);
            }
        }
    }

    /// <summary>Columns 4j.. in the low nibbles, 16+4j.. in the high ones, from bytes that hold two groups.</summary>
    private static uint Nibbles(uint* words, int j, bool high) => high
        ? (words[j] >> 4 & LowNibbles) | (words[4 + j] & HighNibbles)
        : (words[j] & LowNibbles) | (words[4 + j] & LowNibbles) << 4;

    private static void AddNibbles(uint* words, int j, bool high, uint nibbles)
    {
        words[j] |= high ? (nibbles & LowNibbles) << 4 : nibbles & LowNibbles;
        words[4 + j] |= high ? nibbles & HighNibbles : nibbles >> 4 & LowNibbles;
    }

    /// <summary>The reverse of <see cref="BlockCodes.ScaleAndMinimum"/>.</summary>
    private static void PackScaleAndMinimum(byte* packed, int group, int scale, int minimum)
    {
        if (group < 4)
        {
            packed[group] |= (byte)scale;
            packed[group + 4] |= (byte)minimum;
            return;
        }

        packed[group + 4] |= (byte)(scale & 15 | minimum << 4);
        packed[group - 4] |= (byte)(scale >> 4 << 6);
        packed[group] |= (byte)(minimum >> 4 << 6);
    }

    private static byte* GroupOf(WeightType type, byte* panel, int group) =>
        panel + PanelLayout.BlockHeaderBytes(type) + group * PanelLayout.GroupBytes(type);

    private static ref ushort Half(byte* halves, int row) => ref ((ushort*)halves)[row];

    private static ref uint Word(byte* codes, int vector, int row) => ref *(uint*)(codes + vector * PanelLayout.VectorBytes + row * sizeof(uint));
}
