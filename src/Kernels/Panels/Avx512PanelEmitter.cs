using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MoE.Kernels;

/// <summary>
/// Emits one kernel: sixteen rows of W, a panel, by T rows of x, a tile, for AVX-512 with VNNI. .NET has no intrinsic for the
/// 512-bit <c>vpdpbusd</c>, so the code is assembled at start-up, as oneDNN does. Every output goes through the operations of
/// <see cref="ReferenceProduct"/> in its order, so it has the same bits.
/// <para>Registers: zmm0–7 codes of the group, zmm8 scale, zmm9 minimum or first scale, zmm10 half or second scale, zmm11 half of
/// minimums or the mask of bit pairs, zmm12–14 temporaries, zmm15 the mask of nibbles, zmm16 + t the sums of row t of x.</para>
/// </summary>
internal sealed class Avx512PanelEmitter
{
    private const int VectorBytes = 64;
    private const int SavedVectorBytes = 16;

    private readonly WeightType _type;
    private readonly int _rows;
    private readonly Assembler _code = new(64);
    private readonly AssemblerRegister64 _weights = r8;
    private readonly AssemblerRegister64 _tile = r9;
    private readonly AssemblerRegister64 _blocks = rcx;
    private readonly AssemblerRegister64 _groups = rdx;

    private Avx512PanelEmitter(WeightType type, int rows)
    {
        _type = type;
        _rows = rows;
    }

    /// <summary>The machine code of a function that takes the address of <see cref="PanelKernelArguments"/>.</summary>
    /// <param name="type">Type of W.</param>
    /// <param name="rows">T, 1 to 16.</param>
    public static byte[] Emit(WeightType type, int rows) => new Avx512PanelEmitter(type, rows).Emit();

    private byte[] Emit()
    {
        Prologue();
        var block = _code.CreateLabel();
        _code.Label(ref block);
        BlockHeader();
        var groups = _type.BlockSize() / PanelLayout.Group;
        if (groups == 1)
        {
            Group();
        }
        else
        {
            _code.mov(_groups, groups);
            var group = _code.CreateLabel();
            _code.Label(ref group);
            Group();
            _code.dec(_groups);
            _code.jnz(group);
        }

        _code.dec(_blocks);
        _code.jnz(block);
        Epilogue();
        using var stream = new MemoryStream();
        _code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    private void Prologue()
    {
        _code.mov(rax, OperatingSystem.IsWindows() ? rcx : rdi);
        if (OperatingSystem.IsWindows())
        {
            _code.sub(rsp, 10 * SavedVectorBytes + 8);
            for (var i = 0; i < 10; i++)
                _code.movups(__xmmword_ptr[rsp + i * SavedVectorBytes], Xmm(6 + i));
        }

        _code.mov(_weights, __qword_ptr[rax]);
        _code.mov(_tile, __qword_ptr[rax + 8]);
        _code.mov(r10, __qword_ptr[rax + 16]);
        _code.mov(r11, __qword_ptr[rax + 24]);
        _code.mov(_blocks, __qword_ptr[rax + 32]);
        for (var row = 0; row < _rows; row++)
            _code.vpxord(Sum(row), Sum(row), Sum(row));
        if (_type == WeightType.Q8_0)
            return;
        Broadcast(zmm15, 0x0f0f0f0f);
        if (_type == WeightType.Q6_K)
            Broadcast(zmm11, 0x30303030);
    }

    private void Broadcast(AssemblerRegisterZMM register, int value)
    {
        _code.mov(eax, value);
        _code.vpbroadcastd(register, eax);
    }

    private void BlockHeader()
    {
        switch (_type)
        {
            case WeightType.Q4_K:
                _code.vcvtph2ps(zmm10, __ymmword_ptr[_weights]);
                _code.vcvtph2ps(zmm11, __ymmword_ptr[_weights + 2 * PanelLayout.Rows]);
                break;
            case WeightType.Q6_K:
                _code.vcvtph2ps(zmm8, __ymmword_ptr[_weights]);
                break;
            default:
                return;
        }

        _code.add(_weights, PanelLayout.BlockHeaderBytes(_type));
    }

    private void Group()
    {
        GroupHeader();
        Codes();
        for (var row = 0; row < _rows; row++)
        {
            if (_type == WeightType.Q6_K)
                AddTwoScales(row);
            else
                AddOneScale(row);
        }

        _code.add(_weights, PanelLayout.GroupBytes(_type));
        _code.add(_tile, _rows * ActivationTiles.RowGroupBytes);
    }

    private void GroupHeader()
    {
        switch (_type)
        {
            case WeightType.Q4_K:
                _code.vpmovzxbd(zmm8, __xmmword_ptr[_weights]);
                _code.vpmovzxbd(zmm9, __xmmword_ptr[_weights + PanelLayout.Rows]);
                _code.vcvtdq2ps(zmm8, zmm8);
                _code.vcvtdq2ps(zmm9, zmm9);
                _code.vmulps(zmm8, zmm10, zmm8);
                _code.vmulps(zmm9, zmm11, zmm9);
                break;
            case WeightType.Q6_K:
                _code.vpmovsxbd(zmm9, __xmmword_ptr[_weights]);
                _code.vpmovsxbd(zmm10, __xmmword_ptr[_weights + PanelLayout.Rows]);
                break;
            default:
                _code.vcvtph2ps(zmm8, __ymmword_ptr[_weights]);
                break;
        }
    }

    /// <summary>The group's codes as unsigned bytes, register j with columns 4j to 4j + 3.</summary>
    private void Codes()
    {
        if (_type == WeightType.Q8_0)
        {
            for (var j = 0; j < 8; j++)
                _code.vmovdqu64(Zmm(j), Vector(j));
            return;
        }

        for (var j = 0; j < 4; j++)
        {
            _code.vmovdqu64(Zmm(4 + j), Vector(j));
            _code.vpandd(Zmm(j), Zmm(4 + j), zmm15);
            _code.vpsrlw(Zmm(4 + j), Zmm(4 + j), 4);
            _code.vpandd(Zmm(4 + j), Zmm(4 + j), zmm15);
        }

        if (_type == WeightType.Q6_K)
            AddBitPairs();
    }

    /// <summary>Moves each pair of bits to bits 4 and 5 and joins it: a | (b &amp; mask) is the ternary function 0xf8.</summary>
    private void AddBitPairs()
    {
        for (var h = 0; h < 2; h++)
        {
            _code.vmovdqu64(zmm12, Vector(4 + h));
            for (var j = 0; j < 4; j++)
            {
                var pairs = zmm12;
                if (j != 2)
                {
                    pairs = zmm13;
                    if (j < 2)
                        _code.vpsllw(zmm13, zmm12, (byte)(4 - 2 * j));
                    else
                        _code.vpsrlw(zmm13, zmm12, 2);
                }

                _code.vpternlogd(Zmm(4 * h + j), pairs, zmm11, 0xf8);
            }
        }
    }

    private void AddOneScale(int row)
    {
        var dot = row % 2 == 0 ? zmm12 : zmm13;
        if (Offset == 0)
            _code.vpxord(dot, dot, dot);
        else
            _code.vpslld(dot, Number(row, 1), Offset);
        if (_rows <= 2)
        {
            // One chain of eight would leave the multipliers waiting.
            _code.vpxord(zmm14, zmm14, zmm14);
            for (var j = 0; j < 4; j++)
            {
                _code.vpdpbusd(dot, Zmm(j), CodesOf(row, j));
                _code.vpdpbusd(zmm14, Zmm(4 + j), CodesOf(row, 4 + j));
            }

            _code.vpaddd(dot, dot, zmm14);
        }
        else
        {
            for (var j = 0; j < 8; j++)
                _code.vpdpbusd(dot, Zmm(j), CodesOf(row, j));
        }

        AddScaled(row, dot);
        if (_type != WeightType.Q4_K)
            return;
        _code.vmulps(zmm14, zmm9, Number(row, 0));
        _code.vcvtdq2ps(dot, Number(row, 1));
        _code.vfmadd231ps(Sum(row), zmm14, dot);
    }

    private void AddTwoScales(int row)
    {
        _code.vpslld(zmm12, Number(row, 2), Offset);
        _code.vpslld(zmm13, Number(row, 3), Offset);
        for (var j = 0; j < 4; j++)
        {
            _code.vpdpbusd(zmm12, Zmm(j), CodesOf(row, j));
            _code.vpdpbusd(zmm13, Zmm(4 + j), CodesOf(row, 4 + j));
        }

        _code.vpmulld(zmm12, zmm12, zmm9);
        _code.vpmulld(zmm13, zmm13, zmm10);
        _code.vpaddd(zmm12, zmm12, zmm13);
        AddScaled(row, zmm12);
    }

    private void AddScaled(int row, AssemblerRegisterZMM dot)
    {
        _code.vcvtdq2ps(dot, dot);
        _code.vmulps(zmm14, zmm8, Number(row, 0));
        _code.vfmadd231ps(Sum(row), zmm14, dot);
    }

    private void Epilogue()
    {
        for (var row = 0; row < _rows; row++)
        {
            _code.vmovups(__zmmword_ptr[r10], Sum(row));
            if (row + 1 < _rows)
                _code.add(r10, r11);
        }

        if (OperatingSystem.IsWindows())
        {
            for (var i = 0; i < 10; i++)
                _code.movups(Xmm(6 + i), __xmmword_ptr[rsp + i * SavedVectorBytes]);
            _code.add(rsp, 10 * SavedVectorBytes + 8);
        }

        _code.vzeroupper();
        _code.ret();
    }

    /// <summary>log₂ of what the unsigned codes are too large by; 0 where they are not.</summary>
    private byte Offset => PanelLayout.OffsetBits(_type);

    private AssemblerMemoryOperand Vector(int index) => __zmmword_ptr[_weights + PanelLayout.GroupHeaderBytes + index * VectorBytes];

    /// <summary>Four codes of a row of x, for all sixteen rows of W.</summary>
    private AssemblerMemoryOperand CodesOf(int row, int j) => __dword_bcst[_tile + row * PanelLayout.Group + 4 * j];

    /// <summary>A row's scale (0), or one of its negated sums (1 to 3).</summary>
    private AssemblerMemoryOperand Number(int row, int index) =>
        __dword_bcst[_tile + _rows * PanelLayout.Group + (index * _rows + row) * sizeof(float)];

    private static AssemblerRegisterZMM Sum(int row) => Zmm(16 + row);

    private static AssemblerRegisterZMM Zmm(int index) => new(Register.ZMM0 + index);

    private static AssemblerRegisterXMM Xmm(int index) => new(Register.XMM0 + index);
}
