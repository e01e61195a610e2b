using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MoE.Kernels;

/// <summary>
/// Emits one kernel, a panel by a tile of T rows. Here is what such kernels share: the loops over blocks and groups, and the registers
/// that point to what is read and written.
/// </summary>
/// <param name="type">Type of W.</param>
/// <param name="rows">T, 1 to 16.</param>
internal abstract class PanelEmitter(WeightType type, int rows) : KernelEmitter(type)
{
    private static readonly AssemblerRegister64 s_arguments = rax;
    private static readonly AssemblerRegister64 s_blocks = rcx;
    private static readonly AssemblerRegister64 s_groups = rdx;
    private static readonly AssemblerRegister64 s_stride = r11;

    protected int Rows { get; } = rows;

    /// <summary>The group, where a block begins its header.</summary>
    protected static AssemblerRegister64 Weights => r8;

    /// <summary>The group of the tile.</summary>
    protected static AssemblerRegister64 Tile => r9;

    /// <summary>A row of outputs. Until the outputs are written, r10 and r11 are free.</summary>
    protected static AssemblerRegister64 Output => r10;

    public override byte[] Emit()
    {
        Code.mov(s_arguments, Argument);
        Prologue();
        Code.mov(Weights, __qword_ptr[s_arguments]);
        Code.mov(Tile, __qword_ptr[s_arguments + 8]);
        Code.mov(s_blocks, __qword_ptr[s_arguments + 32]);
        Constants();
        Repeat(s_blocks, Block);
        Code.mov(Output, __qword_ptr[s_arguments + 16]);
        Code.mov(s_stride, __qword_ptr[s_arguments + 24]);
        for (var row = 0; row < Rows; row++)
        {
            Store(row);
            if (row + 1 < Rows)
                Code.add(Output, s_stride);
        }

        Code.vzeroupper();
        Epilogue();
        Code.ret();
        return Assemble();
    }

    /// <summary>Makes room on the stack and saves what belongs to the caller.</summary>
    protected abstract void Prologue();

    /// <summary>Fills the registers that stay as they are, and clears the sums; may use rdx.</summary>
    protected abstract void Constants();

    /// <summary>Reads the halves of a block that has <see cref="PanelLayout.BlockHeaderBytes"/>.</summary>
    protected abstract void BlockHeader();

    /// <summary>All rows of x by a group.</summary>
    protected abstract void Group();

    /// <summary>Writes the sums of a row of x to <see cref="Output"/>.</summary>
    protected abstract void Store(int row);

    /// <summary>The reverse of <see cref="Prologue"/>.</summary>
    protected abstract void Epilogue();

    private void Block()
    {
        if (PanelLayout.BlockHeaderBytes(Type) is > 0 and var headerBytes)
        {
            BlockHeader();
            Code.add(Weights, headerBytes);
        }

        if (Type.BlockSize() / PanelLayout.Group is > 1 and var groups)
        {
            Code.mov(s_groups, groups);
            Repeat(s_groups, WholeGroup);
        }
        else
        {
            WholeGroup();
        }
    }

    private void WholeGroup()
    {
        Prefetch(Weights);
        Group();
        Code.add(Weights, PanelLayout.GroupBytes(Type));
        Code.add(Tile, Rows * ActivationTiles.RowGroupBytes);
    }
}
