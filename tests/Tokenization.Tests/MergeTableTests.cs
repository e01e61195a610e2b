using MoE.Tokenization.Bpe;

namespace MoE.Tokenization.Tests;

public sealed class MergeTableTests
{
    /// <summary>Were their hashes alike, as those of longs are whose halves are equal, a million would take hours.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void TryGet_MillionTokensBesideAlikeOnes_FindsEach(int difference)
    {
        const int Tokens = 1_000_000;
        var table = new MergeTable(Tokens);
        for (var id = 0; id < Tokens; id++) table.Set(id, id ^ difference, id, Tokens + id);
        for (var id = 0; id < Tokens; id++)
        {
            Assert.True(table.TryGet(id, id ^ difference, out var merge));
            Assert.Equal(Tokens + id, merge.Id);
        }

        Assert.False(table.TryGet(0, 2, out _));
    }
}
