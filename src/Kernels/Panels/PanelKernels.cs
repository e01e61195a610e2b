using System.Runtime.InteropServices;

namespace MoE.Kernels;

/// <summary>What a panel kernel reads and writes; the order of the fields is the emitters'.</summary>
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

    /// <summary>Rows of the tile; read by kernels of bands.</summary>
    public long Rows;

    /// <summary>Bytes from one panel to the next; read by kernels of bands.</summary>
    public long PanelBytes;

    /// <summary>Memory of a band's kernel, of <see cref="Avx2BandEmitter.ScratchBytes"/>.</summary>
    public byte* Scratch;
}

/// <summary>A panel by a tile of T rows: made code for one T, or compiled code that takes T.</summary>
internal readonly unsafe struct PanelKernel
{
    private readonly delegate* unmanaged<PanelKernelArguments*, void> _made;
    private readonly delegate*<PanelKernelArguments*, int, void> _compiled;
    private readonly int _rows;

    public PanelKernel(void* made) => _made = (delegate* unmanaged<PanelKernelArguments*, void>)made;

    public PanelKernel(delegate*<PanelKernelArguments*, int, void> compiled, int rows)
    {
        _compiled = compiled;
        _rows = rows;
    }

    public void Run(PanelKernelArguments* arguments)
    {
        if (_made != null)
            _made(arguments);
        else
            _compiled(arguments, _rows);
    }
}

/// <summary>A variant's kernels, one for each type and number of rows of x; code is made on first use.</summary>
internal sealed unsafe class PanelKernels
{
    /// <summary>Rows of x for which unpacking a band first is worth it.</summary>
    private const int LeastBandRows = 8;

    private static readonly PanelKernels?[] s_variants = new PanelKernels?[(int)KernelVariant.Reference + 1];
    private static readonly Lock s_lock = new();

    private readonly KernelVariant _variant;
    private readonly nint[] _made = new nint[Enum.GetValues<WeightType>().Max(type => (int)type + 1) * (ActivationTiles.Rows + 1)];
    private readonly nint[] _bands = new nint[Avx2BandEmitter.MostPanels + 1];

    private PanelKernels(KernelVariant variant) => _variant = variant;

    /// <summary>What this process computes with.</summary>
    public static PanelKernels Current { get; } = Of(ActiveKernels.Variant);

    /// <summary>The kernels of a variant that the machine has.</summary>
    public static PanelKernels Of(KernelVariant variant)
    {
        lock (s_lock)
            return s_variants[(int)variant] ??= new PanelKernels(variant);
    }

    /// <summary>The kernel for a type and a number of rows of x.</summary>
    /// <exception cref="InvalidOperationException">The system gives no memory for code.</exception>
    public PanelKernel Get(WeightType type, int rows)
    {
        if (_variant is KernelVariant.ArmDp or KernelVariant.Portable)
            return new PanelKernel(VectorPanelKernel.Get(type, dotProduct: _variant == KernelVariant.ArmDp), rows);
        ref var slot = ref _made[(int)type * (ActivationTiles.Rows + 1) + rows];
        var code = Volatile.Read(ref slot);
        return new PanelKernel((void*)(code != 0 ? code : Make(ref slot, Emitter(type, rows))));
    }

    /// <summary>Panels that one kernel takes at once, where the variant has such kernels and they are worth it for so many rows of x; else 1.</summary>
    public int BandPanels(WeightType type, int rows) =>
        _variant == KernelVariant.Avx2 && type == WeightType.Q6_K && rows >= LeastBandRows ? Avx2BandEmitter.MostPanels : 1;

    /// <summary>The kernel for a band of Q6_K.</summary>
    /// <param name="panels">1 to <see cref="Avx2BandEmitter.MostPanels"/>.</param>
    /// <exception cref="InvalidOperationException">The system gives no memory for code.</exception>
    public PanelKernel GetBand(int panels)
    {
        ref var slot = ref _bands[panels];
        var code = Volatile.Read(ref slot);
        return new PanelKernel((void*)(code != 0 ? code : Make(ref slot, new Avx2BandEmitter(panels))));
    }

    private static nint Make(ref nint slot, KernelEmitter emitter)
    {
        lock (s_lock)
        {
            if (slot == 0)
                Volatile.Write(ref slot, (nint)ExecutableMemory.Create(emitter.Emit()));
            return slot;
        }
    }

    private PanelEmitter Emitter(WeightType type, int rows) => _variant switch
    {
        KernelVariant.Avx512 => new Avx512PanelEmitter(type, rows),
        KernelVariant.AvxVnni => new Avx2PanelEmitter(type, rows, KernelVariants.HasShortVnni ? ByteDot.Vnni : ByteDot.Vnni512),
        KernelVariant.Avx2 => new Avx2PanelEmitter(type, rows, ByteDot.Pairs),
        _ => throw new InvalidOperationException($"{KernelVariants.Name(_variant)} has no panel kernels"),
    };
}
