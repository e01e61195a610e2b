namespace MoE.Kernels;

/// <summary>What an expert computes: <c>y = down · (silu(gate · x) * (up · x))</c>.</summary>
public static class ExpertFfn
{
    /// <summary>On the calling thread.</summary>
    /// <param name="gate">[I, H].</param>
    /// <param name="up">[I, H].</param>
    /// <param name="down">[H, I].</param>
    /// <param name="x">[T, H].</param>
    /// <param name="scratch">Buffers.</param>
    /// <param name="y">[T, H]; overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward(WeightMatrix gate, WeightMatrix up, WeightMatrix down, ActivationRows x, ExpertScratch scratch, Span<float> y)
    {
        Check(gate, up, down);
        x.Prepare(PreparedType(gate, up));
        ForwardPrepared(gate, up, down, x, scratch, y);
    }

    /// <summary>Some rows of a batch, on the calling thread.</summary>
    /// <param name="gate">[I, H].</param>
    /// <param name="up">[I, H].</param>
    /// <param name="down">[H, I].</param>
    /// <param name="batch">[B, H], prepared for <see cref="PreparedType"/>.</param>
    /// <param name="rows">T rows of the batch.</param>
    /// <param name="workspace">Buffers.</param>
    /// <param name="y">[T, H]; overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward(
        WeightMatrix gate, WeightMatrix up, WeightMatrix down, ActivationRows batch, ReadOnlySpan<int> rows, ExpertWorkspace workspace, Span<float> y)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        Check(gate, up, down);
        Gather(gate, up, batch, rows, workspace.Rows);
        ForwardPrepared(gate, up, down, workspace.Rows, workspace.Scratch, y);
    }

    /// <summary>The same bits, on the pool's threads: for a batch that has fewer experts than there are threads.</summary>
    /// <inheritdoc cref="Forward(WeightMatrix, WeightMatrix, WeightMatrix, ActivationRows, ReadOnlySpan{int}, ExpertWorkspace, Span{float})"/>
    public static void Forward(
        ComputePool pool, WeightMatrix gate, WeightMatrix up, WeightMatrix down, ActivationRows batch, ReadOnlySpan<int> rows, ExpertWorkspace workspace,
        Memory<float> y)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        Check(gate, up, down);
        Gather(gate, up, batch, rows, workspace.Rows);
        Forward(pool, gate, up, down, workspace.Rows, workspace.Scratch, y, prepared: true);
    }

    private static void Gather(WeightMatrix gate, WeightMatrix up, ActivationRows batch, ReadOnlySpan<int> rows, ActivationRows gathered)
    {
        if (gate.Type.IsQuantized() == up.Type.IsQuantized())
        {
            gathered.Gather(batch, rows, PreparedType(gate, up));
        }
        else
        {
            gathered.Gather(batch, rows, WeightType.F32);
            gathered.Prepare(PreparedType(gate, up));
        }
    }

    /// <summary>The type that rows must be prepared for, so that both products can read them.</summary>
    public static WeightType PreparedType(WeightMatrix gate, WeightMatrix up)
    {
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(up);
        return up.Type.IsQuantized() && (!gate.Type.IsQuantized() || WeightPanels.Wanted(up.Type)) ? up.Type : gate.Type;
    }

    private static void ForwardPrepared(
        WeightMatrix gate, WeightMatrix up, WeightMatrix down, ActivationRows x, ExpertScratch scratch, Span<float> y)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        var inner = x.Count * gate.Rows;
        var gateOutput = scratch.Gate(inner).Span;
        var upOutput = scratch.Up(inner).Span;
        MatMul.Multiply(gate, x, 0, gate.Rows, gateOutput);
        MatMul.Multiply(up, x, 0, up.Rows, upOutput);
        scratch.Inner.Reset(x.Count, gate.Rows);
        Activation.SwiGlu(gateOutput, upOutput, scratch.Inner.Data);
        scratch.Inner.Prepare(down.Type);
        MatMul.Multiply(down, scratch.Inner, 0, down.Rows, y);
    }

    /// <summary>The same bits, on the pool's threads.</summary>
    /// <inheritdoc cref="Forward(WeightMatrix, WeightMatrix, WeightMatrix, ActivationRows, ExpertScratch, Span{float})"/>
    public static void Forward(
        ComputePool pool, WeightMatrix gate, WeightMatrix up, WeightMatrix down, ActivationRows x, ExpertScratch scratch, Memory<float> y)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        Check(gate, up, down);
        Forward(pool, gate, up, down, x, scratch, y, prepared: false);
    }

    private static void Forward(
        ComputePool pool, WeightMatrix gate, WeightMatrix up, WeightMatrix down, ActivationRows x, ExpertScratch scratch, Memory<float> y, bool prepared)
    {
        var inner = x.Count * gate.Rows;
        var gateOutput = scratch.Gate(inner);
        var upOutput = scratch.Up(inner);
        if (prepared)
            MatMul.MultiplyPrepared(pool, x, new Product(gate, gateOutput), new Product(up, upOutput));
        else
            MatMul.Multiply(pool, x, new Product(gate, gateOutput), new Product(up, upOutput));
        scratch.Inner.Reset(x.Count, gate.Rows);
        pool.For(x.Count, (Gate: gateOutput, Up: upOutput, scratch.Inner), static (row, all) =>
        {
            var inner = all.Inner.Row(row);
            Activation.SwiGlu(all.Gate.Span.Slice(row * inner.Length, inner.Length), all.Up.Span.Slice(row * inner.Length, inner.Length), inner);
        });
        MatMul.Multiply(pool, down, scratch.Inner, y);
    }

    private static void Check(WeightMatrix gate, WeightMatrix up, WeightMatrix down)
    {
        if (gate.Rows != up.Rows || gate.Columns != up.Columns || down.Columns != gate.Rows)
            throw new ArgumentException(
                $"gate [{gate.Rows}, {gate.Columns}], up [{up.Rows}, {up.Columns}] and down [{down.Rows}, {down.Columns}] do not fit");
    }
}
