namespace MoE.Kernels.Tests;

public sealed unsafe class PanelTests
{
    public static TheoryData<WeightType> Types
    {
        get
        {
            var data = new TheoryData<WeightType>();
            foreach (var type in Samples.AllTypes.Where(PanelLayout.Supports))
                data.Add(type);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Row_OfAMatrixInPanels_IsTheFilesRow(WeightType type)
    {
        var (weights, memory) = Samples.Weights(type, 19, 512, seed: 11);
        using (memory)
        {
            var (packed, panels) = WeightPanels.Pack(weights);
            using (panels)
            {
                for (var row = 0; row < 19; row++)
                    Assert.Equal(weights.Row(row), packed[0].Row(row));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_InPanels_SameBitsAsReferenceForEveryNumberOfRows(WeightType type)
    {
        var (weights, memory) = Samples.Weights(type, 37, 768, seed: 12);
        using (memory)
        {
            var (packed, panels) = WeightPanels.Pack(weights);
            using (panels)
            {
                for (var rows = 1; rows <= 35; rows++)
                {
                    var x = Samples.Rows(rows, 768, seed: 13 + rows);
                    x.Prepare(type);
                    var y = new float[rows * 37];
                    MatMul.Multiply(packed[0], x, 0, 37, y);
                    var plain = new float[rows * 37];
                    fixed (float* output = plain)
                        ReferenceProduct.Multiply(weights, x, 0, 37, output);
                    Assert.Equal(plain, y);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_LargestCodesEverywhere_SameBitsAsReference(WeightType type)
    {
        var (weights, memory) = Samples.Weights(type, 16, 512, seed: 14);
        using (memory)
        {
            // Every integer sum is as large as it can be.
            var x = new ActivationRows();
            x.Reset(3, 512);
            x.Row(0).Fill(1f);
            x.Row(1).Fill(-1f);
            x.Row(2).Fill(float.NaN);
            x.Prepare(type);
            var (packed, panels) = WeightPanels.Pack(weights);
            using (panels)
            {
                var y = new float[3 * 16];
                MatMul.Multiply(packed[0], x, 0, 16, y);
                var plain = new float[3 * 16];
                fixed (float* output = plain)
                    ReferenceProduct.Multiply(weights, x, 0, 16, output);
                Assert.Equal(plain, y);
            }
        }
    }

    [Fact]
    public void TryPack_AMatrixWithoutPanelOrder_IsLeftAsItIs()
    {
        var (weights, memory) = Samples.Weights(WeightType.BF16, 16, 64, seed: 15);
        using (memory)
            Assert.Null(WeightPanels.TryPack(weights));
    }
}
