using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MoE.Kernels;

/// <summary>
/// Emits one kernel of Q6_K for AVX2 with FMA and F16C: a band, up to four neighbouring panels, by a tile of any number of rows of x.
/// For every group it first writes the band's codes to scratch memory as signed bytes; then each row of x, its 32 codes spread over eight
/// registers, meets all panels, whose codes the products read straight from memory. With several rows that is less work than
/// <see cref="Avx2PanelEmitter"/>'s, which puts codes of six bits together for every four rows. The same sums in the same order, so the
/// same bits. Codes of four bits are too cheap to put together for this to gain anything.
/// <para><c>vpmaddubsw</c> takes its unsigned bytes from a register, so x is the unsigned side, as x + 128. The integer sums of sixteen
/// columns begin with -128 · Σ w, and wrap: what they end with, the w · x of eight columns, is at most 8 · 32 · 127 and fits 16 bits.</para>
/// <para>Registers: ymm0–7 codes of a row of x; ymm8, 9 integer sums; ymm10 a temporary; ymm11 the row's scale; ymm15 sign bits, which
/// are 128 as well. While codes are unpacked, ymm0–2 are masks, and ymm3–10 temporaries.</para>
/// </summary>
/// <param name="panels">1 to <see cref="MostPanels"/>.</param>
internal sealed class Avx2BandEmitter(int panels) : KernelEmitter(WeightType.Q6_K)
{
    /// <summary>Panels of a band, at most.</summary>
    public const int MostPanels = 4;

    private const int Vectors = 8;
    private const int NibblesAt = 0;
    private const int OffsetsAt = NibblesAt + HalfBytes;
    private const int PairsAt = OffsetsAt + HalfBytes;
    private const int RowAt = PairsAt + HalfBytes;
    private const int PanelsAt = RowAt + HalfBytes;

    /// <summary>A panel's scratch: signed codes, what the sums begin with, integer scales, and scales.</summary>
    private const int BeginningsAt = Vectors * PanelLayout.VectorBytes;

    private const int WordsAt = BeginningsAt + 2 * PanelLayout.VectorBytes;
    private const int ScalesAt = WordsAt + 2 * PanelLayout.VectorBytes;
    private const int PanelBytes = ScalesAt + PanelLayout.VectorBytes;

    private static readonly AssemblerRegister64 s_arguments = rax;
    private static readonly AssemblerRegister64 s_blocks = rcx;
    private static readonly AssemblerRegister64 s_groups = rdx;
    private static readonly AssemblerRegister64 s_weights = r8;
    private static readonly AssemblerRegister64 s_tile = r9;
    private static readonly AssemblerRegister64 s_scratch = r10;
    private static readonly AssemblerRegister64 s_rows = r11;
    private static readonly AssemblerRegister64 s_panelStride = rbx;
    private static readonly AssemblerRegister64 s_count = r12;
    private static readonly AssemblerRegister64 s_panel = r13;
    private static readonly AssemblerRegister64 s_header = r14;
    private static readonly AssemblerRegister64 s_panelHeader = r15;
    private static readonly AssemblerRegister64 s_unpacked = rsi;
    private static readonly AssemblerRegister64 s_codes = rsi;
    private static readonly AssemblerRegister64 s_numbers = rdi;
    private static readonly AssemblerRegister64 s_sums = rbp;
    private static readonly AssemblerRegister64[] s_saved = [rbx, rbp, rsi, rdi, r12, r13, r14, r15];

    /// <summary>Bytes that <see cref="PanelKernelArguments.Scratch"/> points to.</summary>
    public const int ScratchBytes = PanelsAt + MostPanels * (PanelBytes + ActivationTiles.Rows * PanelLayout.VectorBytes);

    private int SumsAt => PanelsAt + panels * PanelBytes;

    private int SumBytes => panels * PanelLayout.VectorBytes;

    public override byte[] Emit()
    {
        Code.mov(s_arguments, Argument);
        foreach (var register in s_saved)
            Code.push(register);
        if (SavedBytes > 0)
            Code.sub(rsp, SavedBytes);
        SaveVectors(0);
        Code.mov(s_weights, __qword_ptr[s_arguments]);
        Code.mov(s_tile, __qword_ptr[s_arguments + 8]);
        Code.mov(s_blocks, __qword_ptr[s_arguments + 32]);
        Code.mov(s_rows, __qword_ptr[s_arguments + 40]);
        Code.mov(s_panelStride, __qword_ptr[s_arguments + 48]);
        Code.mov(s_scratch, __qword_ptr[s_arguments + 56]);
        Constants();
        ClearSums();
        Repeat(s_blocks, Block);
        Store();
        Code.vzeroupper();
        RestoreVectors(0);
        if (SavedBytes > 0)
            Code.add(rsp, SavedBytes);
        foreach (var register in s_saved.Reverse())
            Code.pop(register);
        Code.ret();
        return Assemble();
    }

    private void Constants()
    {
        Constant(NibblesAt, 0x0f0f0f0f);
        Constant(OffsetsAt, 0x20202020);
        Constant(PairsAt, 0x30303030);
        Broadcast(ymm15, xmm15, unchecked((int)PanelBlocks.SignBits));
    }

    private void Constant(int at, int value)
    {
        Broadcast(ymm0, xmm0, value);
        Code.vmovdqu(__ymmword_ptr[s_scratch + at], ymm0);
    }

    private void ClearSums()
    {
        Code.vpxor(ymm0, ymm0, ymm0);
        Code.lea(s_sums, __[s_scratch + SumsAt]);
        Code.mov(s_count, s_rows);
        Repeat(s_count, () =>
        {
            for (var at = 0; at < SumBytes; at += HalfBytes)
                Code.vmovups(__ymmword_ptr[s_sums + at], ymm0);
            Code.add(s_sums, SumBytes);
        });
    }

    private void Store()
    {
        var (output, stride) = (rdi, rdx);
        Code.mov(output, __qword_ptr[s_arguments + 16]);
        Code.mov(stride, __qword_ptr[s_arguments + 24]);
        Code.lea(s_sums, __[s_scratch + SumsAt]);
        Repeat(s_rows, () =>
        {
            for (var at = 0; at < SumBytes; at += HalfBytes)
            {
                Code.vmovups(ymm0, __ymmword_ptr[s_sums + at]);
                Code.vmovups(__ymmword_ptr[output + at], ymm0);
            }

            Code.add(s_sums, SumBytes);
            Code.add(output, stride);
        });
    }

    private void Block()
    {
        Code.mov(s_header, s_weights);
        Code.add(s_weights, PanelLayout.BlockHeaderBytes(Type));
        Code.mov(s_groups, Type.BlockSize() / PanelLayout.Group);
        Repeat(s_groups, Group);
    }

    private void Group()
    {
        Unpack();
        Code.mov(s_codes, s_tile);
        Code.mov(s_numbers, s_rows);
        Code.shl(s_numbers, 5);
        Code.add(s_numbers, s_tile);
        Code.lea(s_sums, __[s_scratch + SumsAt]);
        Code.mov(s_count, s_rows);
        Repeat(s_count, () =>
        {
            Row();
            Code.add(s_codes, PanelLayout.Group);
            Code.add(s_numbers, sizeof(float));
            Code.add(s_sums, SumBytes);
        });
        Code.add(s_weights, PanelLayout.GroupBytes(Type));

        // Behind the rows' codes are four numbers of each.
        Code.mov(s_tile, s_rows);
        Code.shl(s_tile, 4);
        Code.add(s_tile, s_codes);
    }

    /// <summary>The group of every panel to scratch memory.</summary>
    private void Unpack()
    {
        Code.mov(s_panel, s_weights);
        Code.mov(s_panelHeader, s_header);
        Code.lea(s_unpacked, __[s_scratch + PanelsAt]);
        Code.vmovdqu(ymm0, __ymmword_ptr[s_scratch + NibblesAt]);
        Code.vmovdqu(ymm1, __ymmword_ptr[s_scratch + OffsetsAt]);
        Code.vmovdqu(ymm2, __ymmword_ptr[s_scratch + PairsAt]);
        Code.mov(s_count, panels);
        Repeat(s_count, () =>
        {
            Prefetch(s_panel);
            for (var half = 0; half < 2; half++)
            {
                UnpackCodes(half);
                for (var sixteen = 0; sixteen < 2; sixteen++)
                    ScaleWords(sixteen, half);
                Code.vcvtph2ps(ymm4, __xmmword_ptr[s_panelHeader + half * 16]);
                Code.vmovups(Unpacked(ScalesAt, 0, half), ymm4);
            }

            Code.add(s_panel, s_panelStride);
            Code.add(s_panelHeader, s_panelStride);
            Code.add(s_unpacked, PanelBytes);
        });
    }

    /// <summary>The low nibbles of four vectors and a vector of bit pairs are the first sixteen columns, the high ones and another vector the last.</summary>
    private void UnpackCodes(int half)
    {
        Code.vmovdqu(ymm6, Packed(Vectors / 2, half));
        Code.vmovdqu(ymm7, Packed(Vectors / 2 + 1, half));
        for (var j = 0; j < Vectors / 2; j++)
        {
            Code.vmovdqu(ymm4, Packed(j, half));
            Code.vpsrlw(ymm5, ymm4, 4);
            UnpackCodes(ymm4, ymm6, ymm3, j, 0, half);
            UnpackCodes(ymm5, ymm7, ymm8, j, 1, half);
        }

        Beginning(ymm3, 0, half);
        Beginning(ymm8, 1, half);
    }

    /// <summary>The columns' bytes add up before they are multiplied: at most 4 · 32.</summary>
    private void UnpackCodes(AssemblerRegisterYMM codes, AssemblerRegisterYMM pairs, AssemblerRegisterYMM sums, int j, int sixteen, int half)
    {
        Code.vpand(codes, codes, ymm0);
        if (j < 2)
            Code.vpsllw(ymm9, pairs, (byte)(4 - 2 * j));
        else
            Code.vpsrlw(ymm9, pairs, (byte)(2 * j - 4));
        Code.vpand(ymm9, ymm9, ymm2);
        Code.vpor(codes, codes, ymm9);
        Code.vpsubb(codes, codes, ymm1);
        Code.vmovdqu(Unpacked(0, sixteen * Vectors / 2 + j, half), codes);
        if (j == 0)
            Code.vmovdqa(sums, codes);
        else
            Code.vpaddb(sums, sums, codes);
    }

    /// <summary>-128 times the sums of neighbouring columns' codes.</summary>
    private void Beginning(AssemblerRegisterYMM sums, int sixteen, int half)
    {
        Code.vpmaddubsw(sums, ymm15, sums);
        Code.vpxor(ymm10, ymm10, ymm10);
        Code.vpsubw(sums, ymm10, sums);
        Code.vmovdqu(Unpacked(BeginningsAt, sixteen, half), sums);
    }

    /// <summary>Integer scales, each in both words of its row.</summary>
    private void ScaleWords(int sixteen, int half)
    {
        PairWords(ymm4, ymm5, __qword_ptr[s_panel + sixteen * PanelLayout.Rows + half * 8]);
        Code.vmovdqu(Unpacked(WordsAt, sixteen, half), ymm4);
    }

    /// <summary>A row of x by the group of every panel.</summary>
    private void Row()
    {
        Code.vpxor(ymm8, ymm15, __ymmword_ptr[s_codes]);
        Code.vmovdqu(__ymmword_ptr[s_scratch + RowAt], ymm8);
        for (var j = 0; j < Vectors; j++)
            Code.vpbroadcastd(X(j), __dword_ptr[s_scratch + RowAt + j * sizeof(int)]);
        Code.vbroadcastss(ymm11, __dword_ptr[s_numbers]);
        for (var panel = 0; panel < panels; panel++)
        {
            for (var half = 0; half < 2; half++)
                Multiply(panel, half);
        }
    }

    private void Multiply(int panel, int half)
    {
        Dots(ymm8, panel, half, 0);
        Dots(ymm9, panel, half, 1);
        Code.vpmaddwd(ymm8, ymm8, OfPanel(panel, WordsAt, 0, half));
        Code.vpmaddwd(ymm9, ymm9, OfPanel(panel, WordsAt, 1, half));
        Code.vpaddd(ymm8, ymm8, ymm9);
        var sum = __ymmword_ptr[s_sums + panel * PanelLayout.VectorBytes + half * HalfBytes];
        Code.vcvtdq2ps(ymm8, ymm8);
        Code.vmulps(ymm10, ymm11, OfPanel(panel, ScalesAt, 0, half));
        Code.vfmadd213ps(ymm8, ymm10, sum);
        Code.vmovups(sum, ymm8);
    }

    /// <summary>The 16-bit sums of sixteen columns.</summary>
    private void Dots(AssemblerRegisterYMM sums, int panel, int half, int sixteen)
    {
        var first = sixteen * Vectors / 2;
        Code.vpmaddubsw(sums, X(first), OfPanel(panel, 0, first, half));
        Code.vpaddw(sums, sums, OfPanel(panel, BeginningsAt, sixteen, half));
        for (var j = first + 1; j < first + Vectors / 2; j++)
        {
            Code.vpmaddubsw(ymm10, X(j), OfPanel(panel, 0, j, half));
            Code.vpaddw(sums, sums, ymm10);
        }
    }

    private static AssemblerMemoryOperand Packed(int vector, int half) =>
        __ymmword_ptr[s_panel + PanelLayout.GroupHeaderBytes + vector * PanelLayout.VectorBytes + half * HalfBytes];

    private static AssemblerMemoryOperand Unpacked(int at, int vector, int half) =>
        __ymmword_ptr[s_unpacked + at + vector * PanelLayout.VectorBytes + half * HalfBytes];

    /// <summary>A panel's scratch, while rows of x are taken.</summary>
    private static AssemblerMemoryOperand OfPanel(int panel, int at, int vector, int half) =>
        __ymmword_ptr[s_scratch + PanelsAt + panel * PanelBytes + at + vector * PanelLayout.VectorBytes + half * HalfBytes];

    private static AssemblerRegisterYMM X(int j) => new(Register.YMM0 + j);
}
