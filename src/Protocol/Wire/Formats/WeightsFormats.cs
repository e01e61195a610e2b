using System.Collections.Immutable;
using System.Runtime.Serialization;

namespace MoE.Protocol;

/// <summary>Messages about who has which weights.</summary>
internal static class WeightsFormats
{
    private const int DigestDigits = 64;
    private const int MinRunBytes = 5;
    private const int MinDigestBytes = 3;

    public static MessageFormat[] All { get; } =
    [
        MessageFormat.Of<GetModelOutline>(
            "moe.get-model-outline.1",
            (writer, message) =>
            {
                writer.Node("node", message.Node);
                writer.Number("wire-version", message.WireVersion, int.MaxValue);
            },
            reader => new GetModelOutline(reader.Node("node"), reader.Int("wire-version"))),
        MessageFormat.Of<ModelOutline>("moe.model-outline.1", Write, ReadOutline),
        MessageFormat.Of<OfferWeights>(
            "moe.offer-weights.1",
            (writer, message) =>
            {
                EndpointFormat.Write(writer, message.Endpoint);
                writer.Name("model-hash", message.ModelHash, WireLimits.MaxHashBytes);
                writer.Bool(message.Whole);
                ExpertSetFormat.Write(writer, message.Experts);
            },
            reader => new OfferWeights(
                EndpointFormat.Read(reader), reader.Text("model-hash", WireLimits.MaxHashBytes), reader.Bool("whole"), ExpertSetFormat.Read(reader, "experts"))),
        MessageFormat.Of<GetWeightSources>(
            "moe.get-weight-sources.1",
            (writer, message) =>
            {
                writer.Node("node", message.Node);
                ExpertSetFormat.Write(writer, message.Experts);
            },
            reader => new GetWeightSources(reader.Node("node"), ExpertSetFormat.Read(reader, "experts"))),
        MessageFormat.Of<WeightSources>("moe.weight-sources.1", Write, ReadSources),
    ];

    private static void Write(WireWriter writer, ModelOutline message)
    {
        writer.Name("model-hash", message.ModelHash, WireLimits.MaxHashBytes);
        writer.Number("hidden-size", message.HiddenSize, int.MaxValue);
        writer.Number("intermediate-size", message.IntermediateSize, int.MaxValue);
        writer.Number("compute-type", message.ComputeType + 1 ?? 0, int.MaxValue);
        writer.Number("runs", message.Runs.Length, WireLimits.MaxExperts);
        foreach (var run in message.Runs)
        {
            writer.Number("run.layer", run.Layer, WireLimits.MaxIndex);
            writer.Number("run.count", run.Count, WireLimits.MaxIndex + 1);
            writer.TakeExperts(run.Count);
            writer.Number("run.gate", run.Gate, byte.MaxValue);
            writer.Number("run.up", run.Up, byte.MaxValue);
            writer.Number("run.down", run.Down, byte.MaxValue);
        }
    }

    private static ModelOutline ReadOutline(WireReader reader)
    {
        var hash = reader.Text("model-hash", WireLimits.MaxHashBytes);
        var hiddenSize = reader.Int("hidden-size");
        var intermediateSize = reader.Int("intermediate-size");
        var computeType = reader.Int("compute-type");
        var runs = new ExpertRun[reader.Count("runs", WireLimits.MaxExperts, MinRunBytes)];
        for (var i = 0; i < runs.Length; i++)
        {
            var layer = reader.Int("run.layer", WireLimits.MaxIndex);
            var count = reader.Int("run.count", WireLimits.MaxIndex + 1);
            reader.TakeExperts("run.count", count);
            runs[i] = new ExpertRun(
                layer, count, reader.Int("run.gate", byte.MaxValue), reader.Int("run.up", byte.MaxValue), reader.Int("run.down", byte.MaxValue));
        }

        return new ModelOutline(hash, hiddenSize, intermediateSize, computeType == 0 ? null : computeType - 1, ImmutableArray.Create(runs));
    }

    private static void Write(WireWriter writer, WeightSources message)
    {
        writer.Number("digests", message.Digests.Length, GetWeightSources.MaxExperts);
        foreach (var digest in message.Digests)
        {
            writer.Number("digest.layer", digest.Expert.Layer, WireLimits.MaxIndex);
            writer.Number("digest.expert", digest.Expert.Expert, WireLimits.MaxIndex);
            writer.Name("digest.sha256", digest.Sha256, DigestDigits);
        }

        writer.Number("peers", message.Peers.Length, WeightSources.MaxPeers);
        foreach (var peer in message.Peers)
        {
            EndpointFormat.Write(writer, peer.Endpoint);
            ExpertSetFormat.Write(writer, peer.Experts);
        }
    }

    private static WeightSources ReadSources(WireReader reader)
    {
        var digests = new ExpertDigest[reader.Count("digests", GetWeightSources.MaxExperts, MinDigestBytes)];
        for (var i = 0; i < digests.Length; i++)
        {
            var expert = new ExpertId(reader.Int("digest.layer", WireLimits.MaxIndex), reader.Int("digest.expert", WireLimits.MaxIndex));
            var sha256 = reader.Text("digest.sha256", DigestDigits);
            digests[i] = sha256.Length == DigestDigits && sha256.All(char.IsAsciiHexDigitLower)
                ? new ExpertDigest(expert, sha256)
                : throw new SerializationException($"digest.sha256 of {expert}: must be {DigestDigits} lower-case hex digits");
        }

        var peers = new WeightPeer[reader.Count("peers", WeightSources.MaxPeers, EndpointFormat.MinBytes + 1)];
        for (var i = 0; i < peers.Length; i++)
            peers[i] = new WeightPeer(EndpointFormat.Read(reader), ExpertSetFormat.Read(reader, "peer.experts"));
        return new WeightSources(ImmutableArray.Create(digests), ImmutableArray.Create(peers));
    }
}
