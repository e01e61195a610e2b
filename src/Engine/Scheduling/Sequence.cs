using System.Runtime.InteropServices;
using System.Threading.Channels;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Engine;

/// <summary>One request on its way: its tokens, its place in the cache, and where its tokens go. Owned by the engine's thread.</summary>
internal sealed class Sequence
{
    /// <summary>Prompt tokens of a chunk whose logits are all wanted: a row is V floats.</summary>
    private const int MaxScoredTokens = 32;

    // Holds at most MaxTokens entries, since no more are generated.
    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly List<int> _ids;
    private readonly Sampler _sampler;
    private readonly HashSet<int> _endTokens;
    private readonly int _choosable;
    private readonly int _lastPosition;
    private readonly List<PromptLogprob?>? _promptLogprobs;
    private int? _cachedTokens;
    private int _cancelled;

    /// <param name="request">What to generate.</param>
    /// <param name="seed">The request's seed, or a drawn one.</param>
    /// <param name="endTokens">The model's end tokens.</param>
    /// <param name="candidates">The engine's scratch for draws; its size is that of the ids that may be chosen.</param>
    /// <param name="maxModelLength">Most positions.</param>
    public Sequence(GenerationRequest request, long seed, IReadOnlySet<int> endTokens, Candidates candidates, int maxModelLength)
    {
        Request = request;
        _ids = [.. request.PromptIds];
        var sampling = request.Sampling;
        _endTokens = sampling.IgnoreEos ? sampling.StopTokenIds.ToHashSet() : endTokens.Concat(sampling.StopTokenIds).ToHashSet();
        _choosable = candidates.Logits.Length;
        _sampler = new Sampler(sampling, seed, request.PromptIds, endTokens.Concat(sampling.StopTokenIds), candidates);
        _lastPosition = (int)Math.Min((long)request.PromptIds.Length + sampling.MaxTokens, maxModelLength);
        _promptLogprobs = sampling.PromptLogprobs is null ? null : [null];
    }

    public GenerationRequest Request { get; }

    public ChannelReader<GeneratedToken> Tokens => _tokens.Reader;

    /// <summary>Its cache, or null while it waits.</summary>
    public IForwardSequence? Cache { get; private set; }

    public bool IsCancelled => Volatile.Read(ref _cancelled) != 0;

    /// <summary>Known tokens that are not in the cache yet: the prompt's rest, or the one just generated.</summary>
    public int Pending => _ids.Count - (Cache?.Length ?? 0);

    /// <summary>Known tokens.</summary>
    public int Length => _ids.Count;

    private int PromptLength => Request.PromptIds.Length;

    private bool IsScoring => _promptLogprobs is not null && _promptLogprobs.Count < PromptLength;

    public void Cancel() => Volatile.Write(ref _cancelled, 1);

    /// <summary>Begins in an empty cache.</summary>
    public void Start(IForwardSequence cache) => Cache = cache;

    /// <summary>Takes over what is left in the cache of the same tokens, before the first chunk.</summary>
    public void Reuse()
    {
        // The last token's logits are what the next is drawn from, and a prompt that is scored needs those of every token.
        var reused = IsScoring ? 0 : Cache!.Reuse(CollectionsMarshal.AsSpan(_ids)[..^1]);
        _cachedTokens ??= reused;
    }

    /// <summary>Whether another sequence is about to compute tokens that this one begins with, at least a block of them.</summary>
    public bool CanWaitFor(Sequence other, int blockPositions)
    {
        if (IsScoring || other.Pending <= 1)
            return false;
        var common = CollectionsMarshal.AsSpan(_ids)[..^1].CommonPrefixLength(CollectionsMarshal.AsSpan(other._ids));
        return common / blockPositions * blockPositions > other.Cache!.Length;
    }

    /// <summary>Gives the cache back; what was computed is computed again later, to the same bits.</summary>
    public void Release()
    {
        Cache?.Dispose();
        Cache = null;
    }

    /// <summary>The next chunk of at most <paramref name="budget"/> tokens.</summary>
    public ForwardChunk NextChunk(int budget)
    {
        var cache = Cache ?? throw new InvalidOperationException("the sequence is not running");
        var scoring = IsScoring;
        var count = Math.Min(Pending, scoring ? Math.Min(budget, MaxScoredTokens) : budget);
        var first = cache.Length;
        var wanted = scoring ? LogitsWanted.All : first + count == _ids.Count ? LogitsWanted.Last : LogitsWanted.None;
        return new ForwardChunk(cache, _ids.GetRange(first, count).ToArray(), wanted);
    }

    /// <summary>Takes a computed chunk's logits.</summary>
    /// <param name="chunk">As <see cref="NextChunk"/> gave it.</param>
    /// <param name="logits">The chunk's rows, [rows, V].</param>
    /// <param name="vocabSize">V.</param>
    /// <returns>Whether the sequence has ended.</returns>
    public bool Take(ForwardChunk chunk, ReadOnlySpan<float> logits, int vocabSize)
    {
        var end = chunk.Sequence.Length;
        if (chunk.Logits == LogitsWanted.All)
            ScorePrompt(end - chunk.TokenIds.Length, logits, vocabSize);
        return chunk.Logits != LogitsWanted.None && end == _ids.Count && Generate(logits[^vocabSize..]);
    }

    public void Fail(Exception error) => _tokens.Writer.TryComplete(error);

    private void ScorePrompt(int firstPosition, ReadOnlySpan<float> logits, int vocabSize)
    {
        var rows = logits.Length / vocabSize;
        for (var row = 0; row < rows; row++)
        {
            // Row p predicts token p + 1; a recomputed prompt has been scored before.
            var next = firstPosition + row + 1;
            if (next != _promptLogprobs!.Count || next >= PromptLength)
                continue;
            var values = logits.Slice(row * vocabSize, vocabSize);
            var sum = Softmax.LogSumExp(values);
            _promptLogprobs.Add(new PromptLogprob(
                Logprobs.Of(values, sum, _ids[next]), Logprobs.Top(values[.._choosable], sum, Request.Sampling.PromptLogprobs!.Value)));
        }
    }

    private bool Generate(ReadOnlySpan<float> logits)
    {
        var id = _sampler.Next(logits);
        _ids.Add(id);
        var finish = _endTokens.Contains(id) ? FinishReason.Stop : _ids.Count >= _lastPosition ? FinishReason.Length : (FinishReason?)null;
        float? logprob = null;
        IReadOnlyList<TokenLogprob>? top = null;
        if (Request.Sampling.Logprobs is { } count)
        {
            var sum = Softmax.LogSumExp(logits);
            logprob = Logprobs.Of(logits, sum, id).Logprob;
            top = Logprobs.Top(logits[.._choosable], sum, count);
        }

        _tokens.Writer.TryWrite(new GeneratedToken(id, logprob, top, finish)
        {
            PromptLogprobs = _ids.Count == PromptLength + 1 ? _promptLogprobs : null,
            CachedTokens = _cachedTokens ?? 0,
        });
        if (finish is null)
            return false;
        _tokens.Writer.TryComplete();
        return true;
    }
}
