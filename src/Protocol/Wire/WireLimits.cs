namespace MoE.Protocol;

/// <summary>Bounds of what is read from and written to the wire; either side refuses what lies beyond.</summary>
public static class WireLimits
{
    /// <summary>Expert nodes, or fronts, of one message.</summary>
    public const int MaxNodes = 4096;

    /// <summary>Experts of one message over all its sets: a few bytes may stand for a long range, which takes memory once it is read.</summary>
    public const int MaxExperts = 262_144;

    /// <summary>Largest layer index and largest expert index.</summary>
    public const int MaxIndex = 65_535;

    /// <summary>Nodes that hold one expert.</summary>
    public const int MaxReplicas = 64;

    /// <summary>Host names, UTF-8 bytes.</summary>
    public const int MaxHostBytes = 255;

    /// <summary>Model hashes, UTF-8 bytes.</summary>
    public const int MaxHashBytes = 128;

    /// <summary>Names of numeric policies, UTF-8 bytes.</summary>
    public const int MaxPolicyBytes = 64;

    /// <summary>What people read, UTF-8 bytes; longer texts are cut.</summary>
    public const int MaxMessageBytes = 4096;
}
