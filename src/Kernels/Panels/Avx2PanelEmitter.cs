using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MoE.Kernels;

/// <summary>How a 256-bit kernel multiplies four bytes with four bytes and adds them up.</summary>
internal enum ByteDot
{
    /// <summary><c>vpmaddubsw</c>, whose sums of two products have 16 bits.</summary>
    Pairs,

    /// <summary><c>vpdpbusd</c> of AVX-VNNI.</summary>
    Vnni,

    /// <summary>The same instruction as AVX-512VL encodes it, for processors that came before AVX-VNNI.</summary>
    Vnni512,
}

/// <summary>
/// Emits one 256-bit kernel: a panel by a tile of T rows of x, for AVX2 with FMA and F16C. A panel's vector is two registers, A of
/// its rows 0 to 7 and B of the others. With sixteen registers, four rows of x are taken at once, and the float sums wait on the
/// stack; the same operations in the same order as <see cref="Avx512PanelEmitter"/>, so the same bits.
/// <para>Registers: ymm0–7 integer sums of the group, two for each row of x; ymm8, 9 codes, then scales; ymm10, 11 magnitudes of signed
/// codes, Q6_K's integer scales, or minimums; ymm12, 13 temporaries; ymm14 ones or the mask of bit pairs; ymm15 the mask of nibbles or signs.</para>
/// </summary>
/// <param name="type">Type of W.</param>
/// <param name="rows">T, 1 to 16.</param>
/// <param name="dot">The instructions of the machine.</param>
internal sealed class Avx2PanelEmitter(WeightType type, int rows, ByteDot dot) : PanelEmitter(type, rows)
{
    private const int SavedRegisterBytes = 3 * 8;
    private const int RowsAtOnce = 4;
    private const int Vectors = 8;

    private static readonly AssemblerRegister64 s_header = r10;
    private static readonly AssemblerRegister64 s_parts = rbx;
    private static readonly AssemblerRegister64 s_codes = rsi;
    private static readonly AssemblerRegister64 s_numbers = rdi;
    private static readonly AssemblerRegister64 s_sums = r11;

    private int SumBytes => Rows * PanelLayout.VectorBytes;

    protected override void Prologue()
    {
        Code.push(rbp);
        Code.mov(rbp, rsp);
        Code.push(rbx);
        Code.push(rsi);
        Code.push(rdi);
        Code.sub(rsp, SumBytes + SavedBytes);
        Code.and(rsp, -PanelLayout.VectorBytes);
        SaveVectors(SumBytes);
    }

    protected override void Constants()
    {
        Code.vpxor(ymm0, ymm0, ymm0);
        for (var i = 0; i < SumBytes; i += HalfBytes)
            Code.vmovups(__ymmword_ptr[rsp + i], ymm0);
        if (Type == WeightType.Q6_K)
            Broadcast(ymm14, xmm14, 0x30303030);
        else if (dot == ByteDot.Pairs && Type == WeightType.Q8_0)
            Broadcast(ymm14, xmm14, 0x00010001);
        Broadcast(ymm15, xmm15, Type == WeightType.Q8_0 ? unchecked((int)PanelBlocks.SignBits) : 0x0f0f0f0f);
    }

    protected override void BlockHeader() => Code.mov(s_header, Weights);

    /// <summary>Four rows of x at a time, and the rest.</summary>
    protected override void Group()
    {
        Code.mov(s_codes, Tile);
        Code.lea(s_numbers, __[Tile + Rows * PanelLayout.Group]);
        Code.mov(s_sums, rsp);
        var (whole, rest) = Math.DivRem(Rows, RowsAtOnce);
        if (whole > 0)
        {
            Code.mov(s_parts, whole);
            Repeat(s_parts, () =>
            {
                MultiplyRows(RowsAtOnce);
                Code.add(s_codes, RowsAtOnce * PanelLayout.Group);
                Code.add(s_numbers, RowsAtOnce * sizeof(float));
                Code.add(s_sums, RowsAtOnce * PanelLayout.VectorBytes);
            });
        }

        if (rest > 0)
            MultiplyRows(rest);
    }

    private void MultiplyRows(int count)
    {
        for (var row = 0; row < count; row++)
            Start(row);
        for (var j = 0; j < Vectors; j++)
        {
            Codes(j);
            for (var row = 0; row < count; row++)
            {
                Code.vpbroadcastd(ymm12, __dword_ptr[s_codes + row * PanelLayout.Group + j * sizeof(int)]);
                if (Type == WeightType.Q6_K)
                    AddWithScales(row);
                else if (dot != ByteDot.Pairs)
                    AddDots(row);
                else if (Type == WeightType.Q8_0)
                    AddSigned(row);
                else
                    AddPairs(row, first: j == 0);
            }
        }

        Finish(count);
    }

    /// <summary>The integer sums begin with what unsigned codes are too large by, where they have 32 bits; else at 0.</summary>
    private void Start(int row)
    {
        if (dot == ByteDot.Pairs && Type is (WeightType.Q4_0 or WeightType.Q4_K))
            return;
        if (dot != ByteDot.Pairs && Offset != 0 && Type != WeightType.Q6_K)
        {
            Code.vpbroadcastd(A(row), Number(row, 1));
            Code.vpslld(A(row), A(row), Offset);
            Code.vmovdqa(B(row), A(row));
        }
        else
        {
            Code.vpxor(A(row), A(row), A(row));
            Code.vpxor(B(row), B(row), B(row));
        }
    }

    /// <summary>Columns 4j to 4j + 3 of A and B.</summary>
    private void Codes(int j)
    {
        if (Type == WeightType.Q8_0)
        {
            if (dot != ByteDot.Pairs)
            {
                Code.vmovdqu(ymm8, Vector(j, 0));
                Code.vmovdqu(ymm9, Vector(j, 1));
                return;
            }

            Code.vpxor(ymm8, ymm15, Vector(j, 0));
            Code.vpxor(ymm9, ymm15, Vector(j, 1));
            Code.vpabsb(ymm10, ymm8);
            Code.vpabsb(ymm11, ymm9);
            return;
        }

        NibblesOf(ymm8, j, 0);
        NibblesOf(ymm9, j, 1);
        if (Type != WeightType.Q6_K)
            return;
        AddBitPairs(ymm8, j, 0);
        AddBitPairs(ymm9, j, 1);
        if (j % (Vectors / 2) == 0)
        {
            ScaleWords(ymm10, j, 0);
            ScaleWords(ymm11, j, 1);
        }
    }

    private void NibblesOf(AssemblerRegisterYMM codes, int j, int half)
    {
        if (j < Vectors / 2)
        {
            Code.vpand(codes, ymm15, Vector(j, half));
            return;
        }

        Code.vmovdqu(codes, Vector(j - Vectors / 2, half));
        Code.vpsrlw(codes, codes, 4);
        Code.vpand(codes, codes, ymm15);
    }

    /// <summary>Moves a pair of bits to bits 4 and 5 and joins it.</summary>
    private void AddBitPairs(AssemblerRegisterYMM codes, int j, int half)
    {
        var (vector, place) = Math.DivRem(j, Vectors / 2);
        Code.vmovdqu(ymm12, Vector(Vectors / 2 + vector, half));
        if (place < 2)
            Code.vpsllw(ymm12, ymm12, (byte)(4 - 2 * place));
        else if (place == 3)
            Code.vpsrlw(ymm12, ymm12, 2);
        Code.vpand(ymm12, ymm12, ymm14);
        Code.vpor(codes, codes, ymm12);
    }

    private void ScaleWords(AssemblerRegisterYMM scales, int j, int half) =>
        PairWords(scales, ymm12, __qword_ptr[Weights + j / (Vectors / 2) * PanelLayout.Rows + half * 8]);

    private void AddDots(int row)
    {
        if (dot == ByteDot.Vnni512)
        {
            Code.evex.vpdpbusd(A(row), ymm8, ymm12);
            Code.evex.vpdpbusd(B(row), ymm9, ymm12);
        }
        else
        {
            Code.vex.vpdpbusd(A(row), ymm8, ymm12);
            Code.vex.vpdpbusd(B(row), ymm9, ymm12);
        }
    }

    /// <summary>Nibbles: a lane's eight sums of two products are at most 8 · 2 · 15 · 127 together, which 16 bits hold.</summary>
    private void AddPairs(int row, bool first)
    {
        if (first)
        {
            Code.vpmaddubsw(A(row), ymm8, ymm12);
            Code.vpmaddubsw(B(row), ymm9, ymm12);
            return;
        }

        Code.vpmaddubsw(ymm13, ymm8, ymm12);
        Code.vpmaddubsw(ymm12, ymm9, ymm12);
        Code.vpaddw(A(row), A(row), ymm13);
        Code.vpaddw(B(row), B(row), ymm12);
    }

    /// <summary>Bytes: |w| · sign(x, w) = w · x; a sum of two is at most 2 · 128 · 127, which 16 bits just hold.</summary>
    private void AddSigned(int row)
    {
        Code.vpsignb(ymm13, ymm12, ymm8);
        Code.vpsignb(ymm12, ymm12, ymm9);
        Code.vpmaddubsw(ymm13, ymm10, ymm13);
        Code.vpmaddubsw(ymm12, ymm11, ymm12);
        AddWords(row, ymm14, ymm14);
    }

    private void AddWithScales(int row)
    {
        Code.vpmaddubsw(ymm13, ymm8, ymm12);
        Code.vpmaddubsw(ymm12, ymm9, ymm12);
        AddWords(row, ymm10, ymm11);
    }

    /// <summary>Adds the pairs of words in ymm13 and ymm12, each word times a factor.</summary>
    private void AddWords(int row, AssemblerRegisterYMM factorsA, AssemblerRegisterYMM factorsB)
    {
        switch (dot)
        {
            case ByteDot.Vnni512:
                Code.evex.vpdpwssd(A(row), ymm13, factorsA);
                Code.evex.vpdpwssd(B(row), ymm12, factorsB);
                break;
            case ByteDot.Vnni:
                Code.vex.vpdpwssd(A(row), ymm13, factorsA);
                Code.vex.vpdpwssd(B(row), ymm12, factorsB);
                break;
            default:
                Code.vpmaddwd(ymm13, ymm13, factorsA);
                Code.vpmaddwd(ymm12, ymm12, factorsB);
                Code.vpaddd(A(row), A(row), ymm13);
                Code.vpaddd(B(row), B(row), ymm12);
                break;
        }
    }

    /// <summary>What is left to make the integer sums whole; then the scaled sums join the float ones.</summary>
    private void Finish(int count)
    {
        if (Type == WeightType.Q6_K)
            AddScaledOffsets(count);
        else if (dot == ByteDot.Pairs && Type != WeightType.Q8_0)
            JoinWords(count);
        Scales();
        for (var row = 0; row < count; row++)
        {
            Code.vbroadcastss(ymm12, Number(row, 0));
            AddScaled(row, half: 0, A(row), ymm8);
            AddScaled(row, half: 1, B(row), ymm9);
            if (Type == WeightType.Q4_K)
                AddMinimum(row);
            Code.vmovups(Sum(row, 0), A(row));
            Code.vmovups(Sum(row, 1), B(row));
        }
    }

    private void JoinWords(int count)
    {
        // Q4_K's minimums need the register of the ones.
        Code.vpcmpeqw(ymm14, ymm14, ymm14);
        Code.vpsrlw(ymm14, ymm14, 15);
        for (var row = 0; row < count; row++)
        {
            Code.vpmaddwd(A(row), A(row), ymm14);
            Code.vpmaddwd(B(row), B(row), ymm14);
            if (Offset == 0)
                continue;
            Code.vpbroadcastd(ymm12, Number(row, 1));
            Code.vpslld(ymm12, ymm12, Offset);
            Code.vpaddd(A(row), A(row), ymm12);
            Code.vpaddd(B(row), B(row), ymm12);
        }
    }

    private void AddScaledOffsets(int count)
    {
        for (var sixteen = 0; sixteen < 2; sixteen++)
        {
            Code.vpmovsxbd(ymm8, __qword_ptr[Weights + sixteen * PanelLayout.Rows]);
            Code.vpmovsxbd(ymm9, __qword_ptr[Weights + sixteen * PanelLayout.Rows + 8]);
            for (var row = 0; row < count; row++)
            {
                Code.vpbroadcastd(ymm12, Number(row, 2 + sixteen));
                Code.vpslld(ymm12, ymm12, Offset);
                Code.vpmulld(ymm13, ymm12, ymm8);
                Code.vpaddd(A(row), A(row), ymm13);
                Code.vpmulld(ymm13, ymm12, ymm9);
                Code.vpaddd(B(row), B(row), ymm13);
            }
        }
    }

    private void Scales()
    {
        switch (Type)
        {
            case WeightType.Q4_K:
                ScaledBytes(ymm8, 0, 0);
                ScaledBytes(ymm9, 0, 1);
                ScaledBytes(ymm10, 1, 0);
                ScaledBytes(ymm11, 1, 1);
                break;
            case WeightType.Q6_K:
                Code.vcvtph2ps(ymm8, __xmmword_ptr[s_header]);
                Code.vcvtph2ps(ymm9, __xmmword_ptr[s_header + 16]);
                break;
            default:
                Code.vcvtph2ps(ymm8, __xmmword_ptr[Weights]);
                Code.vcvtph2ps(ymm9, __xmmword_ptr[Weights + 16]);
                break;
        }
    }

    /// <summary>Q4_K's scales (0) or minimums (1).</summary>
    private void ScaledBytes(AssemblerRegisterYMM register, int which, int half)
    {
        Code.vpmovzxbd(register, __qword_ptr[Weights + which * PanelLayout.Rows + half * 8]);
        Code.vcvtdq2ps(register, register);
        Code.vcvtph2ps(ymm12, __xmmword_ptr[s_header + which * 2 * PanelLayout.Rows + half * 16]);
        Code.vmulps(register, ymm12, register);
    }

    private void AddScaled(int row, int half, AssemblerRegisterYMM sums, AssemblerRegisterYMM scale)
    {
        Code.vcvtdq2ps(sums, sums);
        Code.vmulps(ymm13, scale, ymm12);
        Code.vfmadd213ps(sums, ymm13, Sum(row, half));
    }

    private void AddMinimum(int row)
    {
        Code.vmulps(ymm13, ymm10, ymm12);
        Code.vmulps(ymm12, ymm11, ymm12);
        Code.vpbroadcastd(ymm14, Number(row, 1));
        Code.vcvtdq2ps(ymm14, ymm14);
        Code.vfmadd231ps(A(row), ymm13, ymm14);
        Code.vfmadd231ps(B(row), ymm12, ymm14);
    }

    protected override void Store(int row)
    {
        Code.vmovups(ymm0, __ymmword_ptr[rsp + row * PanelLayout.VectorBytes]);
        Code.vmovups(ymm1, __ymmword_ptr[rsp + row * PanelLayout.VectorBytes + HalfBytes]);
        Code.vmovups(__ymmword_ptr[Output], ymm0);
        Code.vmovups(__ymmword_ptr[Output + HalfBytes], ymm1);
    }

    protected override void Epilogue()
    {
        RestoreVectors(SumBytes);
        Code.lea(rsp, __[rbp - SavedRegisterBytes]);
        Code.pop(rdi);
        Code.pop(rsi);
        Code.pop(rbx);
        Code.pop(rbp);
    }

    private static AssemblerMemoryOperand Vector(int index, int half) =>
        __ymmword_ptr[Weights + PanelLayout.GroupHeaderBytes + index * PanelLayout.VectorBytes + half * HalfBytes];

    /// <summary>A row's scale (0), or one of its negated sums (1 to 3).</summary>
    private AssemblerMemoryOperand Number(int row, int index) => __dword_ptr[s_numbers + (index * Rows + row) * sizeof(float)];

    private static AssemblerMemoryOperand Sum(int row, int half) => __ymmword_ptr[s_sums + row * PanelLayout.VectorBytes + half * HalfBytes];

    private static AssemblerRegisterYMM A(int row) => new(Register.YMM0 + 2 * row);

    private static AssemblerRegisterYMM B(int row) => new(Register.YMM0 + 2 * row + 1);
}
