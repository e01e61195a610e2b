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
/// <param name="type">Type of W.</param>
/// <param name="rows">T, 1 to 16.</param>
internal sealed class Avx512PanelEmitter(WeightType type, int rows) : PanelEmitter(type, rows)
{
    /// <summary>What the return address leaves of sixteen bytes.</summary>
    private const int Alignment = 8;

    protected override void Prologue()
    {
        if (SavedBytes > 0)
            Code.sub(rsp, SavedBytes + Alignment);
        SaveVectors(0);
    }

    protected override void Constants()
    {
        for (var row = 0; row < Rows; row++)
            Code.vpxord(Sum(row), Sum(row), Sum(row));
        if (Type == WeightType.Q8_0)
            return;
        Broadcast(zmm15, 0x0f0f0f0f);
        if (Type == WeightType.Q6_K)
            Broadcast(zmm11, 0x30303030);
    }

    private void Broadcast(AssemblerRegisterZMM register, int value)
    {
        Code.mov(edx, value);
        Code.vpbroadcastd(register, edx);
    }

    protected override void BlockHeader()
    {
        if (Type == WeightType.Q6_K)
        {
            Code.vcvtph2ps(zmm8, __ymmword_ptr[Weights]);
            return;
        }

        Code.vcvtph2ps(zmm10, __ymmword_ptr[Weights]);
        Code.vcvtph2ps(zmm11, __ymmword_ptr[Weights + 2 * PanelLayout.Rows]);
    }

    protected override void Group()
    {
        GroupHeader();
        Codes();
        for (var row = 0; row < Rows; row++)
        {
            if (Type == WeightType.Q6_K)
                AddTwoScales(row);
            else
                AddOneScale(row);
        }
    }

    private void GroupHeader()
    {
        switch (Type)
        {
            case WeightType.Q4_K:
                Code.vpmovzxbd(zmm8, __xmmword_ptr[Weights]);
                Code.vpmovzxbd(zmm9, __xmmword_ptr[Weights + PanelLayout.Rows]);
                Code.vcvtdq2ps(zmm8, zmm8);
                Code.vcvtdq2ps(zmm9, zmm9);
                Code.vmulps(zmm8, zmm10, zmm8);
                Code.vmulps(zmm9, zmm11, zmm9);
                break;
            case WeightType.Q6_K:
                Code.vpmovsxbd(zmm9, __xmmword_ptr[Weights]);
                Code.vpmovsxbd(zmm10, __xmmword_ptr[Weights + PanelLayout.Rows]);
                break;
            default:
                Code.vcvtph2ps(zmm8, __ymmword_ptr[Weights]);
                break;
        }
    }

    /// <summary>The group's codes as unsigned bytes, register j with columns 4j to 4j + 3.</summary>
    private void Codes()
    {
        if (Type == WeightType.Q8_0)
        {
            for (var j = 0; j < 8; j++)
                Code.vmovdqu64(Zmm(j), Vector(j));
            return;
        }

        for (var j = 0; j < 4; j++)
        {
            Code.vmovdqu64(Zmm(4 + j), Vector(j));
            Code.vpandd(Zmm(j), Zmm(4 + j), zmm15);
            Code.vpsrlw(Zmm(4 + j), Zmm(4 + j), 4);
            Code.vpandd(Zmm(4 + j), Zmm(4 + j), zmm15);
        }

        if (Type == WeightType.Q6_K)
            AddBitPairs();
    }

    /// <summary>Moves each pair of bits to bits 4 and 5 and joins it: a | (b &amp; mask) is the ternary function 0xf8.</summary>
    private void AddBitPairs()
    {
        for (var h = 0; h < 2; h++)
        {
            Code.vmovdqu64(zmm12, Vector(4 + h));
            for (var j = 0; j < 4; j++)
            {
                var pairs = zmm12;
                if (j != 2)
                {
                    pairs = zmm13;
                    if (j < 2)
                        Code.vpsllw(zmm13, zmm12, (byte)(4 - 2 * j));
                    else
                        Code.vpsrlw(zmm13, zmm12, 2);
                }

                Code.vpternlogd(Zmm(4 * h + j), pairs, zmm11, 0xf8);
            }
        }
    }

    private void AddOneScale(int row)
    {
        var dot = row % 2 == 0 ? zmm12 : zmm13;
        if (Offset == 0)
            Code.vpxord(dot, dot, dot);
        else
            Code.vpslld(dot, Number(row, 1), Offset);
        if (Rows <= 2)
        {
            // One chain of eight would leave the multipliers waiting.
            Code.vpxord(zmm14, zmm14, zmm14);
            for (var j = 0; j < 4; j++)
            {
                Code.vpdpbusd(dot, Zmm(j), CodesOf(row, j));
                Code.vpdpbusd(zmm14, Zmm(4 + j), CodesOf(row, 4 + j));
            }

            Code.vpaddd(dot, dot, zmm14);
        }
        else
        {
            for (var j = 0; j < 8; j++)
                Code.vpdpbusd(dot, Zmm(j), CodesOf(row, j));
        }

        AddScaled(row, dot);
        if (Type != WeightType.Q4_K)
            return;
        Code.vmulps(zmm14, zmm9, Number(row, 0));
        Code.vcvtdq2ps(dot, Number(row, 1));
        Code.vfmadd231ps(Sum(row), zmm14, dot);
    }

    private void AddTwoScales(int row)
    {
        Code.vpslld(zmm12, Number(row, 2), Offset);
        Code.vpslld(zmm13, Number(row, 3), Offset);
        for (var j = 0; j < 4; j++)
        {
            Code.vpdpbusd(zmm12, Zmm(j), CodesOf(row, j));
            Code.vpdpbusd(zmm13, Zmm(4 + j), CodesOf(row, 4 + j));
        }

        Code.vpmulld(zmm12, zmm12, zmm9);
        Code.vpmulld(zmm13, zmm13, zmm10);
        Code.vpaddd(zmm12, zmm12, zmm13);
        AddScaled(row, zmm12);
    }

    private void AddScaled(int row, AssemblerRegisterZMM dot)
    {
        Code.vcvtdq2ps(dot, dot);
        Code.vmulps(zmm14, zmm8, Number(row, 0));
        Code.vfmadd231ps(Sum(row), zmm14, dot);
    }

    protected override void Store(int row) => Code.vmovups(__zmmword_ptr[Output], Sum(row));

    protected override void Epilogue()
    {
        RestoreVectors(0);
        if (SavedBytes > 0)
            Code.add(rsp, SavedBytes + Alignment);
    }

    private static AssemblerMemoryOperand Vector(int index) => __zmmword_ptr[Weights + PanelLayout.GroupHeaderBytes + index * PanelLayout.VectorBytes];

    /// <summary>Four codes of a row of x, for all sixteen rows of W.</summary>
    private static AssemblerMemoryOperand CodesOf(int row, int j) => __dword_bcst[Tile + row * PanelLayout.Group + 4 * j];

    /// <summary>A row's scale (0), or one of its negated sums (1 to 3).</summary>
    private AssemblerMemoryOperand Number(int row, int index) =>
        __dword_bcst[Tile + Rows * PanelLayout.Group + (index * Rows + row) * sizeof(float)];

    private static AssemblerRegisterZMM Sum(int row) => Zmm(16 + row);

    private static AssemblerRegisterZMM Zmm(int index) => new(Register.ZMM0 + index);
}
