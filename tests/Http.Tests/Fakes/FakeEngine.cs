using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MoE.Engine;
using MoE.Model;
using MoE.Tokenization;

namespace MoE.Http.Tests.Fakes;

/// <summary>Answers from a script: text, an end, a failure or a wait.</summary>
internal sealed class FakeEngine : IEngine
{
    private readonly object _lock = new();
    private readonly List<(int Active, TaskCompletionSource Reached)> _awaited = [];
    private int _active;

    public string ModelId { get; init; } = "test-model";

    public ModelConfig Config => throw new NotSupportedException("The surface reads no configuration.");

    public Tokenizer Tokenizer { get; init; } = new FakeTokenizer();

    public FakeTemplate Template { get; } = new();

    public ChatTemplate ChatTemplate => Template;

    public GenerationDefaults Defaults { get; set; } = new();

    public int MaxModelLength { get; init; } = 4096;

    public int MaxSequences { get; init; } = 16;

    public EngineStatus Status { get; set; } = new(true, null, 0, 0);

    public ConcurrentQueue<GenerationRequest> Requests { get; } = new();

    public int Active => Volatile.Read(ref _active);

    /// <summary>What a request's text is.</summary>
    public Func<GenerationRequest, string> Reply { get; set; } = _ => "Hello, world!";

    /// <summary>Runs before the token of that index; throws or waits.</summary>
    public Func<GenerationRequest, int, CancellationToken, Task> Before { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Completes when that many sequences run.</summary>
    public Task WhenActiveAsync(int count)
    {
        lock (_lock)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_active == count)
                reached.SetResult();
            else
                _awaited.Add((count, reached));
            return reached.Task;
        }
    }

    public GenerationRequest Single => Assert.Single(Requests);

    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        Change(1);
        try
        {
            int[] ids = [.. Tokenizer.Encode(Reply(request), addSpecial: false), FakeTokenizer.Eos];
            for (var i = 0; i < ids.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Before(request, i, cancellationToken);
                var finish = ids[i] == FakeTokenizer.Eos ? FinishReason.Stop : i + 1 == request.Sampling.MaxTokens ? FinishReason.Length : (FinishReason?)null;
                yield return Token(request, ids[i], i, finish);
                if (finish is not null)
                    yield break;
            }
        }
        finally
        {
            Change(-1);
        }
    }

    private void Change(int by)
    {
        lock (_lock)
        {
            _active += by;
            foreach (var (_, reached) in _awaited.Where(awaited => awaited.Active == _active))
                reached.TrySetResult();
            _awaited.RemoveAll(awaited => awaited.Active == _active);
        }
    }

    private static GeneratedToken Token(GenerationRequest request, int id, int index, FinishReason? finish)
    {
        var count = request.Sampling.Logprobs;
        var top = count is { } k ? Enumerable.Range(0, k).Select(i => new TokenLogprob(FakeTokenizer.Byte('a' + i), -1f - i)).ToList() : null;
        var prompt = request.Sampling.PromptLogprobs is null || index > 0
            ? null
            : request.PromptIds.Select((token, i) => i == 0 ? null : new PromptLogprob(new TokenLogprob(token, -0.25f), [new TokenLogprob(token, -0.25f)])).ToList();
        return new GeneratedToken(id, count is null ? null : -0.5f, top, finish) { PromptLogprobs = prompt };
    }
}
