using System.Collections.Immutable;

namespace MoE.Protocol;

/// <summary>What goes to the weights' catalog beside the coordinator.</summary>
public interface IWeightsMessage : IWireMessage;

/// <summary>
/// Expert node without a model file → catalog: what is the model? Reply: <see cref="ModelOutline"/>, or
/// <see cref="RegistrationRefused"/> where the releases differ. Repeated until answered; idempotent. At most 300 bytes.
/// </summary>
/// <param name="Node">Who asks.</param>
/// <param name="WireVersion">The <see cref="Protocol.WireVersion"/> it speaks.</param>
public sealed record GetModelOutline(NodeId Node, int WireVersion) : IWeightsMessage;

/// <summary>
/// Catalog → who asked: what an expert node needs to know of the model. Bounded by <see cref="WireLimits.MaxExperts"/>, a few bytes
/// per run of experts that are stored alike.
/// </summary>
/// <param name="ModelHash">The model's hash.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="IntermediateSize">I of a routed expert.</param>
/// <param name="ComputeType">ggml's id of the type that matrices are converted to on load, or null.</param>
/// <param name="Runs">Every routed expert, ascending.</param>
public sealed record ModelOutline(
    string ModelHash, int HiddenSize, int IntermediateSize, int? ComputeType, ImmutableArray<ExpertRun> Runs) : IWireMessage;

/// <summary>Experts of a layer, from 0 or where the run before ends, that are stored alike.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Count">At least 1.</param>
/// <param name="Gate">ggml's type id.</param>
/// <param name="Up">ggml's type id.</param>
/// <param name="Down">ggml's type id.</param>
public readonly record struct ExpertRun(int Layer, int Count, int Gate, int Up, int Down);

/// <summary>
/// Whoever has weights → catalog: fetch them from me. Repeated at intervals; a later one replaces an earlier one. No reply.
/// Idempotent. Bounded by <see cref="WireLimits.MaxExperts"/>, a few bytes per run of experts.
/// </summary>
/// <param name="Endpoint">Where its lane for weights listens.</param>
/// <param name="ModelHash">The model it has.</param>
/// <param name="Whole">Whether it has the model's files.</param>
/// <param name="Experts">What it has where it has not the files.</param>
public sealed record OfferWeights(LaneEndpoint Endpoint, string ModelHash, bool Whole, ImmutableArray<ExpertId> Experts) : IWeightsMessage;

/// <summary>
/// Expert node → catalog: who has these experts, and what are their digests? Reply: <see cref="WeightSources"/>. Repeated until
/// answered; idempotent.
/// </summary>
/// <param name="Node">Who asks.</param>
/// <param name="Experts">A set of at most <see cref="MaxExperts"/>.</param>
public sealed record GetWeightSources(NodeId Node, ImmutableArray<ExpertId> Experts) : IWeightsMessage
{
    /// <summary>Experts of one question: each may have to be hashed first.</summary>
    public const int MaxExperts = 64;
}

/// <summary>Catalog → who asked. At most <see cref="MaxPeers"/> peers.</summary>
/// <param name="Digests">SHA-256 of each expert as the files have it, of the experts that were asked for and are the model's.</param>
/// <param name="Peers">Who has which of them.</param>
public sealed record WeightSources(ImmutableArray<ExpertDigest> Digests, ImmutableArray<WeightPeer> Peers) : IWireMessage
{
    /// <summary>Peers that are named.</summary>
    public const int MaxPeers = 64;
}

/// <summary>An expert's SHA-256, 64 lower-case hex digits.</summary>
public readonly record struct ExpertDigest(ExpertId Expert, string Sha256);

/// <summary>A node that has weights.</summary>
/// <param name="Endpoint">Where its lane for weights listens.</param>
/// <param name="Experts">Those of the experts asked for that it has, ascending.</param>
public sealed record WeightPeer(LaneEndpoint Endpoint, ImmutableArray<ExpertId> Experts);
