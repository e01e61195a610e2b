namespace MoE.Kernels.Tests;

/// <summary>The gate on the hot path: a kernel that is warm allocates no byte of the heap, whatever it multiplies.</summary>
public sealed unsafe class AllocationTests
{
    private const int Columns = 512;
    private const int Outputs = 37;

    public static TheoryData<WeightType> Types => Samples.Types();

    public static TheoryData<WeightType> PanelTypes => PanelTests.Types;

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_OnceWarm_AllocatesNothing(WeightType type)
    {
        // The references allocate: they are no hot path.
        if (ActiveKernels.Reference)
            return;
        var (weights, memory) = Samples.Weights(type, Outputs, Columns, seed: 1);
        using (memory)
        {
            var packed = WeightPanels.TryPack(weights);
            using (packed?.Memory)
            {
                var matrix = packed?.Matrices[0] ?? weights;
                foreach (var rows in new[] { 1, 2, 16, 19 })
                {
                    var x = Samples.Rows(rows, Columns, seed: 2);
                    var gathered = new ActivationRows();
                    int[] last = [rows - 1];
                    var y = new float[rows * Outputs];
                    AllocatesNothing(() =>
                    {
                        x.Prepare(type);
                        gathered.Gather(x, last, type);
                        MatMul.Multiply(matrix, x, 0, Outputs, y);
                    });
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(PanelTypes))]
    public void Multiply_EveryVariantOfTheMachine_AllocatesNothing(WeightType type)
    {
        if (!ActiveKernels.Panels)
            return;
        var (weights, memory) = Samples.Weights(type, Outputs, Columns, seed: 3);
        using (memory)
        {
            var (packed, panels) = WeightPanels.Pack(weights);
            using (panels)
            {
                var x = Samples.Rows(19, Columns, seed: 4);
                x.Prepare(type);
                var y = new float[19 * Outputs];
                foreach (var variant in Enum.GetValues<KernelVariant>())
                {
                    if (variant == KernelVariant.Reference || KernelVariants.Missing(variant) is not null)
                        continue;
                    var kernels = PanelKernels.Of(variant);
                    AllocatesNothing(() =>
                    {
                        fixed (float* output = y)
                            PanelProduct.Multiply(kernels, packed[0], x.Tiles, 0, PanelLayout.Panels(Outputs), output, Outputs);
                    });
                }
            }
        }
    }

    [Fact]
    public void Operations_OnceWarm_AllocateNothing()
    {
        var x = Samples.Floats(1030, seed: 5);
        var y = Samples.Floats(1030, seed: 6);
        var z = new float[1030];
        var sums = new float[2];
        AllocatesNothing(() =>
        {
            VectorOps.Add(z, x);
            VectorOps.AddScaled(z, y, VectorOps.Dot(x, y));
            VectorOps.Scale(z, 0.5f);
            RmsNorm.Normalize(x, y, 1e-6f, z);
            Activation.SwiGlu(x, y, z);
            Softmax.Powers(x, 3f, 0.7f, z, sums);
            Softmax.InPlace(z);
            Rotary.ApplyHalf(z, x.AsSpan(0, 64), y.AsSpan(0, 64));
            Rotary.ApplyInterleaved(z, x.AsSpan(0, 64), y.AsSpan(0, 64));
        });
    }

    [Theory]
    [InlineData(WeightType.F32, 1)]
    [InlineData(WeightType.F32, 5)]
    [InlineData(WeightType.BF16, 1)]
    [InlineData(WeightType.BF16, 5)]
    [InlineData(WeightType.F16, 1)]
    [InlineData(WeightType.F16, 5)]
    public void Attend_OnceWarm_AllocatesNothing(WeightType type, int tokens)
    {
        // The references allocate: they are no hot path.
        if (ActiveKernels.Reference)
            return;
        const int HeadDim = 64;
        const int Group = 2;
        const int Blocks = 3;
        using var memory = new KvMemory(Blocks, 2 * HeadDim * KvHead.BlockPositions, type);
        var head = new KvHead(memory, [0, 1, 2], 0, HeadDim * KvHead.BlockPositions, HeadDim);
        var shape = new AttentionShape(tokens, Group, Group * HeadDim, Blocks * KvHead.BlockPositions - tokens, null, 0.1f);
        var queries = Samples.Floats(tokens * Group * HeadDim, seed: 9);
        var scores = new float[shape.ScratchFloats(HeadDim)];
        var output = new float[queries.Length];
        AllocatesNothing(() =>
        {
            for (var position = 0; position < Blocks * KvHead.BlockPositions; position++)
            {
                head.WriteKey(position, queries.AsSpan(0, HeadDim));
                head.WriteValue(position, queries.AsSpan(HeadDim, HeadDim));
            }

            CausalAttention.Attend(head, shape, queries, scores, output);
        });
    }

    /// <summary>Twice to make code and to let buffers grow, then counted.</summary>
    private static void AllocatesNothing(Action kernel)
    {
        kernel();
        kernel();
        var before = GC.GetAllocatedBytesForCurrentThread();
        kernel();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
