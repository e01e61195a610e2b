using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>What a node fetched, in the order given.</summary>
internal static class FetchCountsFormat
{
    private const int MinSourceBytes = 3;

    public static void Write(WireWriter writer, FetchCounts counts)
    {
        writer.Number("fetched.bytes", counts.Bytes);
        writer.Number("fetched.milliseconds", counts.Milliseconds);
        writer.Number("fetched.cached-bytes", counts.CachedBytes);
        writer.Number("fetched.resumed", counts.Resumed);
        writer.Number("fetched.wrong-digests", counts.WrongDigests);
        writer.Number("fetched.sources", counts.Sources.Length, FetchCounts.MaxSources);
        foreach (var source in counts.Sources)
        {
            writer.Node("source.peer", source.Peer);
            writer.Number("source.bytes", source.Bytes);
            writer.Number("source.milliseconds", source.Milliseconds);
        }
    }

    public static FetchCounts Read(WireReader reader)
    {
        var (bytes, milliseconds, cached) = (reader.Number("fetched.bytes"), reader.Number("fetched.milliseconds"), reader.Number("fetched.cached-bytes"));
        var (resumed, wrong) = (reader.Number("fetched.resumed"), reader.Number("fetched.wrong-digests"));
        var sources = new FetchSource[reader.Count("fetched.sources", FetchCounts.MaxSources, MinSourceBytes)];
        for (var i = 0; i < sources.Length; i++)
            sources[i] = new FetchSource(reader.Node("source.peer"), reader.Number("source.bytes"), reader.Number("source.milliseconds"));
        return new FetchCounts(bytes, milliseconds, cached, resumed, wrong, ImmutableArray.Create(sources));
    }
}
