using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// Beside the coordinator, which has the model's files: says what the model is, what its experts' digests are, and who offers which of
/// them. Hashes an expert when it is first asked for, on a thread of its own.
/// </summary>
public sealed class WeightsCatalog : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ModelSource _source;
    private readonly Dictionary<IActorRef, (OfferWeights Offer, ImmutableHashSet<ExpertId> Experts)> _offers = [];
    private readonly Dictionary<ExpertId, string> _digests = [];
    private ModelOutline? _outline;

    /// <summary>Use <see cref="Props"/>.</summary>
    public WeightsCatalog(ModelSource source) => _source = source;

    /// <param name="source">The model; outlives the actor.</param>
    public static Props Props(ModelSource source) =>
        Akka.Actor.Props.Create(() => new WeightsCatalog(source)).WithDispatcher("moe.weights.dispatcher");

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GetModelOutline get:
                Answer(() => TellOutline(get));
                break;
            case OfferWeights offer:
                Offered(offer);
                break;
            case GetWeightSources get:
                Answer(() => Sender.Tell(SourcesFor(get)));
                break;
            case Terminated terminated:
                _offers.Remove(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Whoever gets no answer asks again: a file that changed does not take the offers with it.</summary>
    private void Answer(Action tell)
    {
        try
        {
            tell();
        }
        catch (ModelFormatException e)
        {
            _log.Error(e.Message);
        }
    }

    private void TellOutline(GetModelOutline get)
    {
        if (CoordinatorIdentity.WireVersionRefusal(get.Node, get.WireVersion) is { } refusal)
            Sender.Tell(new RegistrationRefused(get.Node, RefusalReason.WireVersionDiffers, refusal));
        else
            Sender.Tell(_outline ??= Outline());
    }

    private void Offered(OfferWeights offer)
    {
        if (offer.ModelHash != _source.Hash)
            return;
        if (!_offers.ContainsKey(Sender))
        {
            if (_offers.Count >= WireLimits.MaxNodes)
                return;
            Context.Watch(Sender);
        }

        _offers[Sender] = (offer, [.. offer.Experts]);
    }

    private WeightSources SourcesFor(GetWeightSources get)
    {
        var asked = get.Experts.Where(expert => _source.HasExpert(expert.Layer, expert.Expert)).Take(GetWeightSources.MaxExperts).ToList();
        var peers = _offers.Values
            .Where(offered => offered.Offer.Endpoint.Node != get.Node)
            .Select(offered => new WeightPeer(
                offered.Offer.Endpoint, [.. asked.Where(expert => offered.Offer.Whole || offered.Experts.Contains(expert))]))
            .Where(peer => !peer.Experts.IsEmpty)
            .OrderBy(peer => peer.Endpoint.Node.Value, StringComparer.Ordinal)
            .Take(WeightSources.MaxPeers);
        return new WeightSources([.. asked.Select(expert => new ExpertDigest(expert, DigestOf(expert)))], [.. peers]);
    }

    private string DigestOf(ExpertId expert)
    {
        if (!_digests.TryGetValue(expert, out var digest))
            _digests[expert] = digest = Stored(expert).Digest();
        return digest;
    }

    private StoredExpert Stored(ExpertId expert) =>
        _source.Stored(expert.Layer, expert.Expert) ?? throw new InvalidOperationException($"{_source.Path} has no bytes of expert {expert}");

    private ModelOutline Outline()
    {
        var runs = ImmutableArray.CreateBuilder<ExpertRun>();
        for (var layer = 0; layer < _source.Config.NumHiddenLayers; layer++)
        {
            for (var expert = 0; _source.HasExpert(layer, expert); expert++)
            {
                var types = Stored(new ExpertId(layer, expert)).Types;
                var run = new ExpertRun(layer, 1, (int)types.Gate, (int)types.Up, (int)types.Down);
                if (expert > 0 && runs[^1] with { Count = 1 } == run)
                    runs[^1] = run with { Count = runs[^1].Count + 1 };
                else
                    runs.Add(run);
            }
        }

        return new ModelOutline(_source.Hash, _source.Config.HiddenSize, _source.Config.MoeIntermediateSize, (int?)_source.ComputeType, runs.ToImmutable());
    }
}
