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
internal sealed class Avx2PanelEmitter
{
    private const int VectorBytes = 64;
    private const int HalfBytes = VectorBytes / 2;
    private const int SavedVectorBytes = 16;
    private const int SavedVectors = 10;
    private const int SavedRegisterBytes = 3 * 8;
    private const int RowsAtOnce = 4;
    private const int Vectors = 8;
    private const byte OddWords = 0xaa;

    private readonly WeightType _type;
    private readonly int _rows;
    private readonly ByteDot _dot;
    private readonly Assembler _code = new(64);
    private readonly AssemblerRegister64 _arguments = rax;
    private readonly AssemblerRegister64 _header = r10;
    private readonly AssemblerRegister64 _weights = r8;
    private readonly AssemblerRegister64 _tile = r9;
    private readonly AssemblerRegister64 _blocks = rcx;
    private readonly AssemblerRegister64 _groups = rdx;
    private readonly AssemblerRegister64 _parts = rbx;
    private readonly AssemblerRegister64 _codes = rsi;
    private readonly AssemblerRegister64 _numbers = rdi;
    private readonly AssemblerRegister64 _sums = r11;

    private Avx2PanelEmitter(WeightType type, int rows, ByteDot dot)
    {
        _type = type;
        _rows = rows;
        _dot = dot;
    }

    /// <summary>The machine code of a function that takes the address of <see cref="PanelKernelArguments"/>.</summary>
    /// <param name="type">Type of W.</param>
    /// <param name="rows">T, 1 to 16.</param>
    /// <param name="dot">The instructions of the machine.</param>
    public static byte[] Emit(WeightType type, int rows, ByteDot dot) => new Avx2PanelEmitter(type, rows, dot).Emit();

    private byte[] Emit()
    {
        Prologue();
        var block = _code.CreateLabel();
        _code.Label(ref block);
        if (PanelLayout.BlockHeaderBytes(_type) is > 0 and var headerBytes)
        {
            _code.mov(_header, _weights);
            _code.add(_weights, headerBytes);
        }

        _code.mov(_groups, _type.BlockSize() / PanelLayout.Group);
        var group = _code.CreateLabel();
        _code.Label(ref group);
        Group();
        _code.dec(_groups);
        _code.jnz(group);
        _code.dec(_blocks);
        _code.jnz(block);
        Epilogue();
        using var stream = new MemoryStream();
        _code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    private void Prologue()
    {
        _code.mov(_arguments, OperatingSystem.IsWindows() ? rcx : rdi);
        _code.push(rbp);
        _code.mov(rbp, rsp);
        _code.push(rbx);
        _code.push(rsi);
        _code.push(rdi);
        _code.sub(rsp, SumBytes + (OperatingSystem.IsWindows() ? SavedVectors * SavedVectorBytes : 0));
        _code.and(rsp, -VectorBytes);
        if (OperatingSystem.IsWindows())
        {
            for (var i = 0; i < SavedVectors; i++)
                _code.movups(__xmmword_ptr[rsp + SumBytes + i * SavedVectorBytes], Xmm(6 + i));
        }

        _code.mov(_weights, __qword_ptr[_arguments]);
        _code.mov(_tile, __qword_ptr[_arguments + 8]);
        _code.mov(_blocks, __qword_ptr[_arguments + 32]);
        _code.vpxor(ymm0, ymm0, ymm0);
        for (var i = 0; i < SumBytes; i += HalfBytes)
            _code.vmovups(__ymmword_ptr[rsp + i], ymm0);
        if (_type == WeightType.Q6_K)
            Broadcast(ymm14, xmm14, 0x30303030);
        else if (_dot == ByteDot.Pairs && _type == WeightType.Q8_0)
            Broadcast(ymm14, xmm14, 0x00010001);
        Broadcast(ymm15, xmm15, _type == WeightType.Q8_0 ? unchecked((int)0x80808080) : 0x0f0f0f0f);
    }

    private void Broadcast(AssemblerRegisterYMM register, AssemblerRegisterXMM low, int value)
    {
        _code.mov(edx, value);
        _code.vmovd(low, edx);
        _code.vpbroadcastd(register, low);
    }

    /// <summary>All rows of x by a group, four at a time and the rest.</summary>
    private void Group()
    {
        _code.mov(_codes, _tile);
        _code.lea(_numbers, __[_tile + _rows * PanelLayout.Group]);
        _code.mov(_sums, rsp);
        var (whole, rest) = Math.DivRem(_rows, RowsAtOnce);
        if (whole > 0)
        {
            _code.mov(_parts, whole);
            var part = _code.CreateLabel();
            _code.Label(ref part);
            Rows(RowsAtOnce);
            _code.add(_codes, RowsAtOnce * PanelLayout.Group);
            _code.add(_numbers, RowsAtOnce * sizeof(float));
            _code.add(_sums, RowsAtOnce * VectorBytes);
            _code.dec(_parts);
            _code.jnz(part);
        }

        if (rest > 0)
            Rows(rest);
        _code.add(_weights, PanelLayout.GroupBytes(_type));
        _code.add(_tile, _rows * ActivationTiles.RowGroupBytes);
    }

    private void Rows(int count)
    {
        for (var row = 0; row < count; row++)
            Start(row);
        for (var j = 0; j < Vectors; j++)
        {
            Codes(j);
            for (var row = 0; row < count; row++)
            {
                _code.vpbroadcastd(ymm12, __dword_ptr[_codes + row * PanelLayout.Group + j * sizeof(int)]);
                if (_type == WeightType.Q6_K)
                    AddWithScales(row);
                else if (_dot != ByteDot.Pairs)
                    AddDots(row);
                else if (_type == WeightType.Q8_0)
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
        if (_dot == ByteDot.Pairs && _type is (WeightType.Q4_0 or WeightType.Q4_K))
            return;
        if (_dot != ByteDot.Pairs && Offset != 0 && _type != WeightType.Q6_K)
        {
            _code.vpbroadcastd(A(row), Number(row, 1));
            _code.vpslld(A(row), A(row), Offset);
            _code.vmovdqa(B(row), A(row));
        }
        else
        {
            _code.vpxor(A(row), A(row), A(row));
            _code.vpxor(B(row), B(row), B(row));
        }
    }

    /// <summary>Columns 4j to 4j + 3 of A and B.</summary>
    private void Codes(int j)
    {
        if (_type == WeightType.Q8_0)
        {
            if (_dot != ByteDot.Pairs)
            {
                _code.vmovdqu(ymm8, Vector(j, 0));
                _code.vmovdqu(ymm9, Vector(j, 1));
                return;
            }

            _code.vpxor(ymm8, ymm15, Vector(j, 0));
            _code.vpxor(ymm9, ymm15, Vector(j, 1));
            _code.vpabsb(ymm10, ymm8);
            _code.vpabsb(ymm11, ymm9);
            return;
        }

        NibblesOf(ymm8, j, 0);
        NibblesOf(ymm9, j, 1);
        if (_type != WeightType.Q6_K)
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
            _code.vpand(codes, ymm15, Vector(j, half));
            return;
        }

        _code.vmovdqu(codes, Vector(j - Vectors / 2, half));
        _code.vpsrlw(codes, codes, 4);
        _code.vpand(codes, codes, ymm15);
    }

    /// <summary>Moves a pair of bits to bits 4 and 5 and joins it.</summary>
    private void AddBitPairs(AssemblerRegisterYMM codes, int j, int half)
    {
        var (vector, place) = Math.DivRem(j, Vectors / 2);
        _code.vmovdqu(ymm12, Vector(Vectors / 2 + vector, half));
        if (place < 2)
            _code.vpsllw(ymm12, ymm12, (byte)(4 - 2 * place));
        else if (place == 3)
            _code.vpsrlw(ymm12, ymm12, 2);
        _code.vpand(ymm12, ymm12, ymm14);
        _code.vpor(codes, codes, ymm12);
    }

    /// <summary>Each row's scale in both words of its lane.</summary>
    private void ScaleWords(AssemblerRegisterYMM scales, int j, int half)
    {
        _code.vpmovsxbd(scales, __qword_ptr[_weights + j / (Vectors / 2) * PanelLayout.Rows + half * 8]);
        _code.vpslld(ymm12, scales, 16);
        _code.vpblendw(scales, scales, ymm12, OddWords);
    }

    private void AddDots(int row)
    {
        if (_dot == ByteDot.Vnni512)
        {
            _code.evex.vpdpbusd(A(row), ymm8, ymm12);
            _code.evex.vpdpbusd(B(row), ymm9, ymm12);
        }
        else
        {
            _code.vex.vpdpbusd(A(row), ymm8, ymm12);
            _code.vex.vpdpbusd(B(row), ymm9, ymm12);
        }
    }

    /// <summary>Nibbles: a lane's eight sums of two products are at most 8 · 2 · 15 · 127 together, which 16 bits hold.</summary>
    private void AddPairs(int row, bool first)
    {
        if (first)
        {
            _code.vpmaddubsw(A(row), ymm8, ymm12);
            _code.vpmaddubsw(B(row), ymm9, ymm12);
            return;
        }

        _code.vpmaddubsw(ymm13, ymm8, ymm12);
        _code.vpmaddubsw(ymm12, ymm9, ymm12);
        _code.vpaddw(A(row), A(row), ymm13);
        _code.vpaddw(B(row), B(row), ymm12);
    }

    /// <summary>Bytes: |w| · sign(x, w) = w · x; a sum of two is at most 2 · 128 · 127, which 16 bits just hold.</summary>
    private void AddSigned(int row)
    {
        _code.vpsignb(ymm13, ymm12, ymm8);
        _code.vpsignb(ymm12, ymm12, ymm9);
        _code.vpmaddubsw(ymm13, ymm10, ymm13);
        _code.vpmaddubsw(ymm12, ymm11, ymm12);
        AddWords(row, ymm14, ymm14);
    }

    private void AddWithScales(int row)
    {
        _code.vpmaddubsw(ymm13, ymm8, ymm12);
        _code.vpmaddubsw(ymm12, ymm9, ymm12);
        AddWords(row, ymm10, ymm11);
    }

    /// <summary>Adds the pairs of words in ymm13 and ymm12, each word times a factor.</summary>
    private void AddWords(int row, AssemblerRegisterYMM factorsA, AssemblerRegisterYMM factorsB)
    {
        switch (_dot)
        {
            case ByteDot.Vnni512:
                _code.evex.vpdpwssd(A(row), ymm13, factorsA);
                _code.evex.vpdpwssd(B(row), ymm12, factorsB);
                break;
            case ByteDot.Vnni:
                _code.vex.vpdpwssd(A(row), ymm13, factorsA);
                _code.vex.vpdpwssd(B(row), ymm12, factorsB);
                break;
            default:
                _code.vpmaddwd(ymm13, ymm13, factorsA);
                _code.vpmaddwd(ymm12, ymm12, factorsB);
                _code.vpaddd(A(row), A(row), ymm13);
                _code.vpaddd(B(row), B(row), ymm12);
                break;
        }
    }

    /// <summary>What is left to make the integer sums whole; then the scaled sums join the float ones.</summary>
    private void Finish(int count)
    {
        if (_type == WeightType.Q6_K)
            AddScaledOffsets(count);
        else if (_dot == ByteDot.Pairs && _type != WeightType.Q8_0)
            JoinWords(count);
        Scales();
        for (var row = 0; row < count; row++)
        {
            _code.vbroadcastss(ymm12, Number(row, 0));
            AddScaled(row, half: 0, A(row), ymm8);
            AddScaled(row, half: 1, B(row), ymm9);
            if (_type == WeightType.Q4_K)
                AddMinimum(row);
            _code.vmovups(Sum(row, 0), A(row));
            _code.vmovups(Sum(row, 1), B(row));
        }
    }

    private void JoinWords(int count)
    {
        // Q4_K's minimums need the register of the ones.
        _code.vpcmpeqw(ymm14, ymm14, ymm14);
        _code.vpsrlw(ymm14, ymm14, 15);
        for (var row = 0; row < count; row++)
        {
            _code.vpmaddwd(A(row), A(row), ymm14);
            _code.vpmaddwd(B(row), B(row), ymm14);
            if (Offset == 0)
                continue;
            _code.vpbroadcastd(ymm12, Number(row, 1));
            _code.vpslld(ymm12, ymm12, Offset);
            _code.vpaddd(A(row), A(row), ymm12);
            _code.vpaddd(B(row), B(row), ymm12);
        }
    }

    private void AddScaledOffsets(int count)
    {
        for (var sixteen = 0; sixteen < 2; sixteen++)
        {
            _code.vpmovsxbd(ymm8, __qword_ptr[_weights + sixteen * PanelLayout.Rows]);
            _code.vpmovsxbd(ymm9, __qword_ptr[_weights + sixteen * PanelLayout.Rows + 8]);
            for (var row = 0; row < count; row++)
            {
                _code.vpbroadcastd(ymm12, Number(row, 2 + sixteen));
                _code.vpslld(ymm12, ymm12, Offset);
                _code.vpmulld(ymm13, ymm12, ymm8);
                _code.vpaddd(A(row), A(row), ymm13);
                _code.vpmulld(ymm13, ymm12, ymm9);
                _code.vpaddd(B(row), B(row), ymm13);
            }
        }
    }

    private void Scales()
    {
        switch (_type)
        {
            case WeightType.Q4_K:
                ScaledBytes(ymm8, 0, 0);
                ScaledBytes(ymm9, 0, 1);
                ScaledBytes(ymm10, 1, 0);
                ScaledBytes(ymm11, 1, 1);
                break;
            case WeightType.Q6_K:
                _code.vcvtph2ps(ymm8, __xmmword_ptr[_header]);
                _code.vcvtph2ps(ymm9, __xmmword_ptr[_header + 16]);
                break;
            default:
                _code.vcvtph2ps(ymm8, __xmmword_ptr[_weights]);
                _code.vcvtph2ps(ymm9, __xmmword_ptr[_weights + 16]);
                break;
        }
    }

    /// <summary>Q4_K's scales (0) or minimums (1).</summary>
    private void ScaledBytes(AssemblerRegisterYMM register, int which, int half)
    {
        _code.vpmovzxbd(register, __qword_ptr[_weights + which * PanelLayout.Rows + half * 8]);
        _code.vcvtdq2ps(register, register);
        _code.vcvtph2ps(ymm12, __xmmword_ptr[_header + which * 2 * PanelLayout.Rows + half * 16]);
        _code.vmulps(register, ymm12, register);
    }

    private void AddScaled(int row, int half, AssemblerRegisterYMM dot, AssemblerRegisterYMM scale)
    {
        _code.vcvtdq2ps(dot, dot);
        _code.vmulps(ymm13, scale, ymm12);
        _code.vfmadd213ps(dot, ymm13, Sum(row, half));
    }

    private void AddMinimum(int row)
    {
        _code.vmulps(ymm13, ymm10, ymm12);
        _code.vmulps(ymm12, ymm11, ymm12);
        _code.vpbroadcastd(ymm14, Number(row, 1));
        _code.vcvtdq2ps(ymm14, ymm14);
        _code.vfmadd231ps(A(row), ymm13, ymm14);
        _code.vfmadd231ps(B(row), ymm12, ymm14);
    }

    private void Epilogue()
    {
        _code.mov(r10, __qword_ptr[_arguments + 16]);
        _code.mov(r11, __qword_ptr[_arguments + 24]);
        for (var row = 0; row < _rows; row++)
        {
            _code.vmovups(ymm0, __ymmword_ptr[rsp + row * VectorBytes]);
            _code.vmovups(ymm1, __ymmword_ptr[rsp + row * VectorBytes + HalfBytes]);
            _code.vmovups(__ymmword_ptr[r10], ymm0);
            _code.vmovups(__ymmword_ptr[r10 + HalfBytes], ymm1);
            if (row + 1 < _rows)
                _code.add(r10, r11);
        }

        if (OperatingSystem.IsWindows())
        {
            for (var i = 0; i < SavedVectors; i++)
                _code.movups(Xmm(6 + i), __xmmword_ptr[rsp + SumBytes + i * SavedVectorBytes]);
        }

        _code.vzeroupper();
        _code.lea(rsp, __[rbp - SavedRegisterBytes]);
        _code.pop(rdi);
        _code.pop(rsi);
        _code.pop(rbx);
        _code.pop(rbp);
        _code.ret();
    }

    private int SumBytes => _rows * VectorBytes;

    /// <summary>log₂ of what the unsigned codes are too large by; 0 where they are not.</summary>
    private byte Offset => PanelLayout.OffsetBits(_type);

    private AssemblerMemoryOperand Vector(int index, int half) =>
        __ymmword_ptr[_weights + PanelLayout.GroupHeaderBytes + index * VectorBytes + half * HalfBytes];

    /// <summary>A row's scale (0), or one of its negated sums (1 to 3).</summary>
    private AssemblerMemoryOperand Number(int row, int index) => __dword_ptr[_numbers + (index * _rows + row) * sizeof(float)];

    private AssemblerMemoryOperand Sum(int row, int half) => __ymmword_ptr[_sums + row * VectorBytes + half * HalfBytes];

    private static AssemblerRegisterYMM A(int row) => new(Register.YMM0 + 2 * row);

    private static AssemblerRegisterYMM B(int row) => new(Register.YMM0 + 2 * row + 1);

    private static AssemblerRegisterXMM Xmm(int index) => new(Register.XMM0 + index);
}
