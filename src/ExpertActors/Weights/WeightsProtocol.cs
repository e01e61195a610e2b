using System.Collections.Immutable;
using Akka.Actor;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary><see cref="ExpertNodeActor"/> → <see cref="WeightsFetcher"/>: fetch these and nothing else. Local.</summary>
/// <param name="Round">Counts up; what was delivered and is still wanted is told again in the new round.</param>
/// <param name="Experts">All that the node wants and does not hold.</param>
internal sealed record FetchExperts(int Round, ImmutableArray<ExpertId> Experts) : INoSerializationVerificationNeeded;

/// <summary><see cref="WeightsFetcher"/> → <see cref="ExpertNodeActor"/>: the expert can be loaded. Reply: <see cref="ExpertTaken"/>. Local.</summary>
internal sealed record ExpertFetched(int Round, ExpertId Expert) : INoSerializationVerificationNeeded;

/// <summary><see cref="WeightsFetcher"/> → <see cref="ExpertNodeActor"/>: the expert cannot be had. Local.</summary>
internal sealed record ExpertFetchFailed(ExpertId Expert, string Message) : INoSerializationVerificationNeeded;

/// <summary><see cref="WeightsFetcher"/> → <see cref="ExpertNodeActor"/>: what was fetched so far. Local.</summary>
internal sealed record FetchReport(FetchCounts Counts) : INoSerializationVerificationNeeded;

/// <summary><see cref="ExpertNodeActor"/> → <see cref="WeightsFetcher"/>: the expert's bytes are not needed any more. Local.</summary>
internal sealed record ExpertTaken(ExpertId Expert) : INoSerializationVerificationNeeded;

/// <summary><see cref="WeightsFetcher"/> → the node's listener: so much of what the node wants is here. Local.</summary>
public sealed record ExpertNodeFetching(long Bytes, long Total) : INoSerializationVerificationNeeded;

/// <summary><see cref="WeightsFetcher"/> → <see cref="ExpertCacheActor"/>. Reply: <see cref="CacheRead"/>. Local.</summary>
internal sealed record ReadCache(ExpertId Expert, int Ticket, long Bytes) : INoSerializationVerificationNeeded;

/// <summary><see cref="ExpertCacheActor"/> → <see cref="WeightsFetcher"/>: the checked bytes, given away; null where they are not in the cache. Local.</summary>
internal sealed record CacheRead(ExpertId Expert, int Ticket, NativeWeightMemory? Memory) : IOwningMessage
{
    public void Dispose() => Memory?.Dispose();
}

/// <summary><see cref="WeightsFetcher"/> → <see cref="ExpertCacheActor"/>: check these bytes and keep them. The memory is given away, and comes back with the reply, <see cref="CacheChecked"/>. Local.</summary>
internal sealed record CheckFetched(ExpertId Expert, int Ticket, NativeWeightMemory Memory, string Sha256) : IOwningMessage
{
    public void Dispose() => Memory.Dispose();
}

/// <summary><see cref="ExpertCacheActor"/> → <see cref="WeightsFetcher"/>. Local.</summary>
internal sealed record CacheChecked(ExpertId Expert, int Ticket, NativeWeightMemory Memory, bool Matches) : IOwningMessage
{
    public void Dispose() => Memory.Dispose();
}
