using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MoE.Kernels;

/// <summary>
/// Emits one kernel, a panel by a tile: a function that takes the address of <see cref="PanelKernelArguments"/>. Here is what such
/// functions share: the loops over blocks and groups, and the registers that point to what is read and written.
/// </summary>
/// <param name="type">Type of W.</param>
/// <param name="rows">T, 1 to 16.</param>
internal abstract class PanelEmitter(WeightType type, int rows)
{
    /// <summary>
    /// How far ahead weights are asked for: the products of a group with several rows take longer than a processor looks ahead, and its
    /// own prefetching stays too close. Anything from 3 to 12 KiB measured alike. What lies behind a matrix is fetched in vain, and
    /// never faults.
    /// </summary>
    private const int PrefetchBytes = 4096;

    private const int LineBytes = 64;
    private const int SavedVectors = 10;
    private const int SavedVectorBytes = 16;

    private static readonly AssemblerRegister64 s_arguments = rax;
    private static readonly AssemblerRegister64 s_blocks = rcx;
    private static readonly AssemblerRegister64 s_groups = rdx;
    private static readonly AssemblerRegister64 s_stride = r11;

    protected Assembler Code { get; } = new(64);

    protected WeightType Type { get; } = type;

    protected int Rows { get; } = rows;

    /// <summary>The group, where a block begins its header.</summary>
    protected static AssemblerRegister64 Weights => r8;

    /// <summary>The group of the tile.</summary>
    protected static AssemblerRegister64 Tile => r9;

    /// <summary>A row of outputs. Until the outputs are written, r10 and r11 are free.</summary>
    protected static AssemblerRegister64 Output => r10;

    /// <summary>log₂ of what the unsigned codes are too large by; 0 where they are not.</summary>
    protected byte Offset => PanelLayout.OffsetBits(Type);

    /// <summary>Bytes of the vectors that belong to the caller: on Windows xmm6 to xmm15, elsewhere none.</summary>
    protected static int SavedBytes => OperatingSystem.IsWindows() ? SavedVectors * SavedVectorBytes : 0;

    /// <summary>The machine code.</summary>
    public byte[] Emit()
    {
        Code.mov(s_arguments, OperatingSystem.IsWindows() ? rcx : rdi);
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
        using var stream = new MemoryStream();
        Code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
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

    /// <summary>Emits a loop; the count is at least 1 and counts down to 0.</summary>
    protected void Repeat(AssemblerRegister64 count, Action body)
    {
        var start = Code.CreateLabel();
        Code.Label(ref start);
        body();
        Code.dec(count);
        Code.jnz(start);
    }

    /// <summary>Saves the caller's vectors, on Windows.</summary>
    /// <param name="offset">Where, from rsp.</param>
    protected void SaveVectors(int offset)
    {
        for (var i = 0; i < SavedBytes; i += SavedVectorBytes)
            Code.movups(__xmmword_ptr[rsp + offset + i], Saved(i));
    }

    /// <summary>The reverse of <see cref="SaveVectors"/>.</summary>
    protected void RestoreVectors(int offset)
    {
        for (var i = 0; i < SavedBytes; i += SavedVectorBytes)
            Code.movups(Saved(i), __xmmword_ptr[rsp + offset + i]);
    }

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
        for (var line = 0; line < PanelLayout.GroupBytes(Type); line += LineBytes)
            Code.prefetcht0(__byte_ptr[Weights + PrefetchBytes + line]);
        Group();
        Code.add(Weights, PanelLayout.GroupBytes(Type));
        Code.add(Tile, Rows * ActivationTiles.RowGroupBytes);
    }

    private static AssemblerRegisterXMM Saved(int offset) => new(Register.XMM6 + offset / SavedVectorBytes);
}
