using Akka.Actor;
using Akka.Event;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>Reads and writes the node's cache and hashes what is fetched, on a thread of its own: files and hashes hold up nobody else.</summary>
internal sealed class ExpertCacheActor(ExpertCache cache) : UntypedActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public static Props Props(ExpertCache cache) =>
        Akka.Actor.Props.Create(() => new ExpertCacheActor(cache)).WithDispatcher(WeightsSettings.DispatcherPath);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadCache read:
                Read(read);
                break;
            case CheckFetched check:
                Check(check);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Read(ReadCache read)
    {
        try
        {
            var memory = cache.Read(read.Expert, read.Bytes, out var damaged);
            if (damaged is not null)
                _log.Warning("threw away {0}: {1}; it will be fetched again", cache.PathOf(read.Expert), damaged);
            Sender.Tell(new CacheRead(read.Expert, read.Ticket, memory));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Warning("cannot read {0}: {1}", cache.PathOf(read.Expert), e.Message);
            Sender.Tell(new CacheRead(read.Expert, read.Ticket, null));
        }
    }

    private void Check(CheckFetched check)
    {
        var digest = ExpertDigests.Of(check.Memory);
        var matches = Convert.ToHexStringLower(digest) == check.Sha256;
        if (matches)
            Keep(check, digest);
        Sender.Tell(new CacheChecked(check.Expert, check.Ticket, check.Memory, matches));
    }

    /// <summary>A full disk costs the next start a fetch; it does not cost this one.</summary>
    private void Keep(CheckFetched check, byte[] digest)
    {
        try
        {
            if (!cache.Write(check.Expert, check.Memory, digest))
                _log.Warning("expert {0} of {1} bytes is longer than the cache may be (moe.weights.cache-bytes)", check.Expert, check.Memory.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Warning("cannot keep {0}: {1}", cache.PathOf(check.Expert), e.Message);
        }
    }
}
