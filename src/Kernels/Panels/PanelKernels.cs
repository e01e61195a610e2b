using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MoE.Kernels;

/// <summary>What a panel kernel reads and writes; the order of the fields is the emitter's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PanelKernelArguments
{
    /// <summary>A panel.</summary>
    public byte* Weights;

    /// <summary>A tile of T rows.</summary>
    public byte* Tile;

    /// <summary>The first of T rows of sixteen outputs.</summary>
    public float* Output;

    /// <summary>Bytes from one row of outputs to the next.</summary>
    public long OutputStride;

    /// <summary>Blocks of a row, at least 1.</summary>
    public long Blocks;
}

/// <summary>The kernels of this machine, one for each type and number of rows of x, made on first use.</summary>
internal static unsafe class PanelKernels
{
    private const int VnniBit = 11;
    private static readonly Lock s_lock = new();
    private static readonly nint[] s_kernels = new nint[Enum.GetValues<WeightType>().Max(type => (int)type + 1) * (ActivationTiles.Rows + 1)];

    /// <summary>Whether the processor has AVX-512 VNNI and the system lets the process make code.</summary>
    public static bool IsSupported { get; } = !KernelVariant.Scalar && KernelVariant.Panels && HasVnni() && Get(WeightType.Q8_0, 1) != null;

    /// <summary>The kernel for a type and a number of rows of x; null where code cannot be made.</summary>
    public static delegate* unmanaged<PanelKernelArguments*, void> Get(WeightType type, int rows)
    {
        ref var slot = ref s_kernels[(int)type * (ActivationTiles.Rows + 1) + rows];
        var kernel = Volatile.Read(ref slot);
        if (kernel == 0)
        {
            lock (s_lock)
            {
                if (slot == 0)
                    Volatile.Write(ref slot, (nint)ExecutableMemory.TryCreate(PanelKernelEmitter.Emit(type, rows)));
                kernel = slot;
            }
        }

        return (delegate* unmanaged<PanelKernelArguments*, void>)kernel;
    }

    private static bool HasVnni() =>
        Avx512F.IsSupported && Avx512BW.IsSupported && X86Base.IsSupported && (X86Base.CpuId(7, 0).Ecx >> VnniBit & 1) != 0;
}
