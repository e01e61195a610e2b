using CsCheck;

namespace MoE.Kernels.Tests;

public sealed unsafe class WeightArenaTests
{
    /// <summary>Lengths that are rented, or, where negative, which of the rented ones goes back.</summary>
    private static readonly Gen<int[]> s_steps = Gen.Int[-50, 3_000_000].Array[1, 60];

    [Fact]
    public void RentAndReturn_AnyOrder_KeepsEveryRangeToItself() => s_steps.Sample(
        steps =>
        {
            var rented = new List<(nint Pointer, int Length, byte Mark)>();
            byte mark = 0;
            foreach (var step in steps)
            {
                if (step > 0)
                {
                    var pointer = WeightArena.Rent(step);
                    Assert.Equal(0, (nint)pointer % 64);
                    new Span<byte>(pointer, step).Fill(++mark);
                    rented.Add(((nint)pointer, step, mark));
                }
                else if (rented.Count > 0)
                {
                    Give(rented, -step % rented.Count);
                }
            }

            while (rented.Count > 0)
                Give(rented, rented.Count - 1);
        },
        iter: 50);

    [Fact]
    public void Rent_MoreThanAChunk_GetsOneOfItsOwn()
    {
        const int Length = 70 << 20;
        var pointer = WeightArena.Rent(Length);
        pointer[0] = 1;
        pointer[Length - 1] = 2;
        Assert.Equal(1, pointer[0]);
        WeightArena.Return(pointer, Length);
    }

    [Fact]
    public void NativeWeightMemory_AfterAnother_IsZeroed()
    {
        for (var i = 0; i < 3; i++)
        {
            using var memory = new NativeWeightMemory(100_000);
            Assert.False(memory.Slice(0, 100_000).ContainsAnyExcept((byte)0));
            memory.Writable(0, 100_000).Fill(7);
        }
    }

    private static void Give(List<(nint Pointer, int Length, byte Mark)> rented, int index)
    {
        var (pointer, length, mark) = rented[index];
        Assert.False(new ReadOnlySpan<byte>((void*)pointer, length).ContainsAnyExcept(mark));
        WeightArena.Return((byte*)pointer, length);
        rented.RemoveAt(index);
    }
}
