namespace MoE.Kernels.Tests;

public sealed class ExpertFfnTests
{
    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.Q8_0)]
    [InlineData(WeightType.Q4_0)]
    public void Forward_OnePiecePoolOrRowByRow_SameBits(WeightType type)
    {
        using (var expert = new RandomExpert(type, inner: 96, hidden: 128))
        using (var pool = new ComputePool(3, "test"))
        {
            var x = Samples.Rows(9, 128, 4);
            var (whole, pooled) = (new float[9 * 128], new float[9 * 128]);
            ExpertFfn.Forward(expert.Gate, expert.Up, expert.Down, x, new ExpertScratch(), whole);
            ExpertFfn.Forward(pool, expert.Gate, expert.Up, expert.Down, x, new ExpertScratch(), pooled);
            Assert.Equal(whole, pooled);
            var scratch = new ExpertScratch();
            for (var t = 0; t < 9; t++)
            {
                var one = new ActivationRows();
                one.Reset(1, 128);
                x.Row(t).CopyTo(one.Row(0));
                var y = new float[128];
                ExpertFfn.Forward(expert.Gate, expert.Up, expert.Down, one, scratch, y);
                Assert.Equal(whole.AsSpan(t * 128, 128).ToArray(), y);
            }
        }
    }

    [Fact]
    public void Forward_MixedTypes_EqualsItsParts()
    {
        var (gate, m1) = Samples.Weights(WeightType.F32, 64, 64, 1);
        var (up, m2) = Samples.Weights(WeightType.Q8_0, 64, 64, 2);
        var (down, m3) = Samples.Weights(WeightType.BF16, 64, 64, 3);
        using (m1)
        using (m2)
        using (m3)
        {
            var x = Samples.Rows(2, 64, 4);
            var y = new float[128];
            ExpertFfn.Forward(gate, up, down, x, new ExpertScratch(), y);
            x.Prepare(WeightType.Q8_0);
            var (g, u) = (new float[128], new float[128]);
            MatMul.Multiply(gate, x, 0, 64, g);
            MatMul.Multiply(up, x, 0, 64, u);
            var inner = new ActivationRows();
            inner.Reset(2, 64);
            Activation.SwiGlu(g, u, inner.Data);
            var expected = new float[128];
            MatMul.Multiply(down, inner, 0, 64, expected);
            Assert.Equal(expected, y);
        }
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.Q8_0)]
    [InlineData(WeightType.Q4_0)]
    [InlineData(WeightType.Q4_K)]
    public void Forward_OnceWarm_AllocatesNothing(WeightType type)
    {
        if (ActiveKernels.Reference)
            return;
        using (var expert = new RandomExpert(type, inner: 256, hidden: 256))
        using (var pool = new ComputePool(1, "test"))
        {
            var x = Samples.Rows(9, 256, 4);
            var (scratch, workspace, y) = (new ExpertScratch(), new ExpertWorkspace(), new float[9 * 256]);
            int[] rows = [0, 2, 3, 8];
            var bytes = 0L;
            for (var round = 0; round < 2; round++)
            {
                bytes = GC.GetAllocatedBytesForCurrentThread();
                ExpertFfn.Forward(pool, expert.Gate, expert.Up, expert.Down, x, scratch, y);
                ExpertFfn.Forward(expert.Gate, expert.Up, expert.Down, x, rows, workspace, y.AsSpan(0, rows.Length * 256));
                bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            }

            Assert.Equal(0, bytes);
        }
    }

    [Fact]
    public void Forward_MatricesThatDoNotFit_Throws()
    {
        var (gate, m1) = Samples.Weights(WeightType.F32, 8, 16, 1);
        var (down, m2) = Samples.Weights(WeightType.F32, 16, 9, 3);
        using (m1)
        using (m2)
        {
            Assert.Throws<ArgumentException>(
                () => ExpertFfn.Forward(gate, gate, down, Samples.Rows(1, 16, 4), new ExpertScratch(), new float[16]));
        }
    }

    private sealed class RandomExpert : IDisposable
    {
        private readonly IDisposable[] _memory;

        public RandomExpert(WeightType type, int inner, int hidden)
        {
            (Gate, var gate) = Samples.Weights(type, inner, hidden, 1);
            (Up, var up) = Samples.Weights(type, inner, hidden, 2);
            (Down, var down) = Samples.Weights(type, hidden, inner, 3);
            _memory = [gate, up, down];
        }

        public WeightMatrix Gate { get; }

        public WeightMatrix Up { get; }

        public WeightMatrix Down { get; }

        public void Dispose()
        {
            foreach (var memory in _memory)
                memory.Dispose();
        }
    }
}
