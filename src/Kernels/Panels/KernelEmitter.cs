using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MoE.Kernels;

/// <summary>Emits one kernel, a function that takes the address of <see cref="PanelKernelArguments"/>. Here is what kernels of any shape share.</summary>
/// <param name="type">Type of W.</param>
internal abstract class KernelEmitter(WeightType type)
{
    /// <summary>
    /// How far ahead weights are asked for: the products of a group with several rows take longer than a processor looks ahead, and its
    /// own prefetching stays too close. Anything from 3 to 12 KiB measured alike. What lies behind a matrix is fetched in vain, and
    /// never faults.
    /// </summary>
    private const int PrefetchBytes = 4096;

    /// <summary>Half of a panel's vector, a register of 256 bits.</summary>
    protected const int HalfBytes = PanelLayout.VectorBytes / 2;

    private const int LineBytes = 64;
    private const int SavedVectors = 10;
    private const int SavedVectorBytes = 16;
    private const byte OddWords = 0xaa;

    protected Assembler Code { get; } = new(64);

    protected WeightType Type { get; } = type;

    /// <summary>log₂ of what the unsigned codes are too large by; 0 where they are not.</summary>
    protected byte Offset => PanelLayout.OffsetBits(Type);

    /// <summary>Bytes of the vectors that belong to the caller: on Windows xmm6 to xmm15, elsewhere none.</summary>
    protected static int SavedBytes => OperatingSystem.IsWindows() ? SavedVectors * SavedVectorBytes : 0;

    /// <summary>The only argument.</summary>
    protected static AssemblerRegister64 Argument => OperatingSystem.IsWindows() ? rcx : rdi;

    /// <summary>The machine code.</summary>
    public abstract byte[] Emit();

    protected byte[] Assemble()
    {
        using var stream = new MemoryStream();
        Code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    /// <summary>Emits a loop; the count is at least 1 and counts down to 0.</summary>
    protected void Repeat(AssemblerRegister64 count, Action body)
    {
        var start = Code.CreateLabel();
        Code.Label(ref start);
        body();
        Code.dec(count);
        Code.jnz(start);
    }

    /// <summary>Asks for the group that lies as far behind one as kernels look ahead.</summary>
    protected void Prefetch(AssemblerRegister64 group)
    {
        for (var line = 0; line < PanelLayout.GroupBytes(Type); line += LineBytes)
            Code.prefetcht0(__byte_ptr[group + PrefetchBytes + line]);
    }

    /// <summary>A constant in every lane of 256 bits; uses rdx.</summary>
    protected void Broadcast(AssemblerRegisterYMM register, AssemblerRegisterXMM low, int value)
    {
        Code.mov(edx, value);
        Code.vmovd(low, edx);
        Code.vpbroadcastd(register, low);
    }

    /// <summary>Eight rows' signed bytes, each in both words of its lane.</summary>
    protected void PairWords(AssemblerRegisterYMM words, AssemblerRegisterYMM temporary, AssemblerMemoryOperand bytes)
    {
        Code.vpmovsxbd(words, bytes);
        Code.vpslld(temporary, words, 16);
        Code.vpblendw(words, words, temporary, OddWords);
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

    private static AssemblerRegisterXMM Saved(int offset) => new(Register.XMM6 + offset / SavedVectorBytes);
}
