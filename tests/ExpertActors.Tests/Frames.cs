using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>Dispatches of random rows.</summary>
internal static class Frames
{
    /// <param name="id">The dispatch.</param>
    /// <param name="rows">[count, columns].</param>
    /// <param name="experts">Experts and the rows each computes.</param>
    /// <param name="columns">H, unless it is to be wrong.</param>
    public static DispatchFrame Dispatch(
        ulong id, float[] rows, (int Expert, int[] Rows)[] experts, int columns = RandomModelSource.HiddenSize)
    {
        var pooled = new Pooled<float>(rows.Length);
        rows.CopyTo(pooled.Span);
        return DispatchFrame.Rent(id, 1, 1, columns, pooled, Experts(experts));
    }

    /// <summary>The experts of a frame, each with its rows.</summary>
    public static ExpertRows Experts(params (int Expert, int[] Rows)[] experts)
    {
        var rows = ExpertRows.Rent(experts.Length, experts.Sum(expert => expert.Rows.Length));
        foreach (var (expert, indices) in experts)
            indices.CopyTo(rows.Add(expert, indices.Length));
        return rows;
    }

    public static bool IsDisposed(Pooled<float> rows)
    {
        try
        {
            return rows.Memory.Length < 0;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
