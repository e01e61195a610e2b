using CsCheck;

namespace MoE.Model.Tests.Decoder;

public sealed class BlockPoolTests
{
    private const int Positions = 4;
    private const int MaxBlocks = 12;

    [Fact]
    public void Share_AfterReturn_FindsTheChainUntilItsRoomIsNeeded()
    {
        var pool = new BlockPool(2, Positions);
        int[] tokens = [1, 2, 3, 4, 5, 6, 7, 8];
        var (first, second) = (pool.Rent(), pool.Rent());
        var name = pool.Publish(first, BlockPool.Root, tokens.AsSpan(0, 4));
        pool.Publish(second, name, tokens.AsSpan(4, 4));
        pool.Return(second);
        pool.Return(first);
        Assert.Equal((2, 2), (pool.Matches(tokens), pool.FreeBlocks));
        Assert.Equal(0, pool.Matches([1, 2, 3, 5, 5, 6, 7, 8]));
        Assert.Equal(second, pool.Rent());
        Assert.Equal((1, 1), (pool.Matches(tokens), pool.FreeBlocks));
        Assert.Equal(first, pool.Share(BlockPool.Root, tokens.AsSpan(0, 4))?.Block);
        Assert.Throws<InvalidOperationException>(() => pool.Rent());
    }

    [Fact]
    public void Publish_SameTokensAfterOtherPrefix_IsAnotherPrefix()
    {
        var pool = new BlockPool(4, Positions);
        var a = pool.Publish(pool.Rent(), BlockPool.Root, [1, 1, 1, 1]);
        var b = pool.Publish(pool.Rent(), BlockPool.Root, [2, 2, 2, 2]);
        pool.Publish(pool.Rent(), a, [3, 3, 3, 3]);
        Assert.Equal(2, pool.Matches([1, 1, 1, 1, 3, 3, 3, 3]));
        Assert.Equal(1, pool.Matches([2, 2, 2, 2, 3, 3, 3, 3]));
        Assert.Equal(a, pool.Publish(pool.Rent(), BlockPool.Root, [1, 1, 1, 1]));
        Assert.NotEqual(a, b);
    }

    /// <summary>Sequences over three tokens come, grow and go: a block never belongs to two contents, and none is lost.</summary>
    [Fact]
    public void Blocks_RandomSequences_HoldWhatTheyAreNamedFor() => Gen.Int[0, 1_000_000].Sample(
        seed =>
        {
            var random = new Random(seed);
            var pool = new BlockPool(MaxBlocks, Positions);
            var contents = new Dictionary<int, string>();
            var live = new List<Chain>();
            for (var step = 0; step < 200; step++)
            {
                if (random.Next(3) == 0 && live.Count > 0)
                {
                    var gone = live[random.Next(live.Count)];
                    live.Remove(gone);
                    for (var i = gone.Blocks.Count - 1; i >= 0; i--)
                        pool.Return(gone.Blocks[i]);
                }
                else
                {
                    live.Add(Grow(pool, contents, [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(3))]));
                }

                foreach (var chain in live)
                    Assert.Equal(chain.Contents, chain.Blocks.Select(block => contents[block]));
                Assert.Equal(MaxBlocks - live.SelectMany(chain => chain.Blocks).Distinct().Count(), pool.FreeBlocks);
            }
        },
        iter: 200);

    /// <summary>A sequence whose blocks each hold one value: shared as far as it goes, rented beyond, as far as there is room.</summary>
    private static Chain Grow(BlockPool pool, Dictionary<int, string> contents, int[] values)
    {
        var chain = new Chain([], []);
        var name = BlockPool.Root;
        var text = "";
        foreach (var value in values)
        {
            int[] tokens = [value, value, value, value];
            text += value;
            if (pool.Share(name, tokens) is var (block, shared))
            {
                name = shared;
            }
            else
            {
                if (pool.FreeBlocks == 0)
                    break;
                block = pool.Rent();
                contents[block] = text;
                name = pool.Publish(block, name, tokens);
            }

            chain.Blocks.Add(block);
            chain.Contents.Add(text);
        }

        return chain;
    }

    private sealed record Chain(List<int> Blocks, List<string> Contents);
}
