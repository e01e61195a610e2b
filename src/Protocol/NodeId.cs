namespace MoE.Protocol;

/// <summary>A node's name in the cluster, unique for one life of its process: <c>host:port#incarnation</c>.</summary>
public readonly record struct NodeId(string Value)
{
    /// <summary>Longest name that travels, in UTF-8 bytes.</summary>
    public const int MaxBytes = 256;

    public override string ToString() => Value;
}
