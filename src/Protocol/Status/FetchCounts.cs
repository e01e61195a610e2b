using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>What an expert node without a model file has fetched since it joined.</summary>
/// <param name="Bytes">Bytes of ranges that peers gave.</param>
/// <param name="Milliseconds">Time during which some range was awaited.</param>
/// <param name="CachedBytes">Bytes that its own disk had instead.</param>
/// <param name="Resumed">How often an expert went on at the offset reached, after a peer was left.</param>
/// <param name="WrongDigests">Experts whose bytes had another SHA-256 and were fetched again.</param>
/// <param name="Sources">The peers that gave most, the most first, at most <see cref="MaxSources"/>.</param>
public sealed record FetchCounts(
    long Bytes, long Milliseconds, long CachedBytes, long Resumed, long WrongDigests, ImmutableArray<FetchSource> Sources)
{
    /// <summary>Peers that are named.</summary>
    public const int MaxSources = 8;

    /// <summary>Nothing was fetched.</summary>
    public static FetchCounts None { get; } = new(0, 0, 0, 0, 0, []);
}

/// <summary>What one peer gave.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Bytes">Bytes of its ranges.</param>
/// <param name="Milliseconds">Time during which some range of it was awaited.</param>
public readonly record struct FetchSource(NodeId Peer, long Bytes, long Milliseconds);
