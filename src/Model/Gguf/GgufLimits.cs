namespace MoE.Model;

/// <summary>Bounds on what a file may declare, far above any published model.</summary>
internal static class GgufLimits
{
    public const long MetadataKeys = 65_536;

    /// <summary>Bytes of all keys and values: their objects take several times as much memory.</summary>
    public const long MetadataBytes = 128L << 20;
    public const long Tensors = 1 << 20;
    public const int KeyBytes = 65_535;
    public const int TensorNameBytes = 1024;
    public const int StringBytes = 64 << 20;
    public const long ArrayElements = 16 << 20;
    public const int Dimensions = 4;
    public const int AlignmentBytes = 1 << 20;
    public const int SplitParts = 10_000;
    public const int Layers = 4096;
    public const int Experts = 65_536;
    public const int Width = 1 << 24;
}
