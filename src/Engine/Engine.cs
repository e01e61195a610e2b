using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using MoE.Model;
using MoE.Tokenization;

namespace MoE.Engine;

/// <summary>
/// Serves one model from one thread of its own: callers queue sequences, the thread steps the scheduler's batches through the
/// forward pass and hands out tokens. Every sequence ends: with its tokens, with an <see cref="EngineException"/>, or cancelled.
/// </summary>
public sealed partial class Engine : IEngine, IAsyncDisposable
{
    private readonly EngineModel _model;
    private readonly IForwardPass _forward;
    private readonly EngineSettings _settings;
    private readonly Func<EngineReadiness> _ready;
    private readonly ILogger<Engine> _logger;
    private readonly Scheduler _scheduler;
    private readonly Candidates _candidates;
    private readonly Queue<Sequence> _arrived = [];
    private readonly object _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _active;
    private int _running;
    private int _blocksInUse;
    private long _cacheBytes;
    private long _preemptions;
    private bool _draining;
    private bool _stopping;
    private bool _woken;

    /// <summary>Starts the thread.</summary>
    /// <param name="model">What is served.</param>
    /// <param name="forward">The arithmetic; the engine's thread alone calls it.</param>
    /// <param name="settings">Bounds.</param>
    /// <param name="ready">Whether every expert has a live owner, or will have; if not, why. Thread-safe.</param>
    /// <param name="logger">Failures of ours.</param>
    public Engine(EngineModel model, IForwardPass forward, EngineSettings settings, Func<EngineReadiness> ready, ILogger<Engine> logger)
    {
        _model = model;
        _forward = forward;
        _settings = settings;
        _ready = ready;
        _logger = logger;
        _scheduler = new Scheduler(forward, settings);
        _candidates = new Candidates(model.ChoosableTokens);
        var cached = (int)Math.Min(int.MaxValue, (long)forward.MaxBlocks * forward.BlockPositions);
        var own = settings.MaxModelLength > 0 ? Math.Min(settings.MaxModelLength, model.Config.MaxPositionEmbeddings) : model.Config.MaxPositionEmbeddings;
        MaxModelLength = Math.Min(own, cached);
        new Thread(Run) { IsBackground = true, Name = "engine" }.Start();
    }

    public string ModelId => _model.ModelId;

    public ModelConfig Config => _model.Config;

    public Tokenizer Tokenizer => _model.Tokenizer;

    public ChatTemplate ChatTemplate => _model.ChatTemplate;

    public GenerationDefaults Defaults => _model.Defaults;

    public int MaxModelLength { get; }

    public int MaxSequences => _settings.MaxSequences + _settings.MaxWaiting;

    public EngineStatus Status
    {
        get
        {
            var (ready, _, reason) = _ready();
            lock (_lock)
            {
                return new EngineStatus(ready && !_draining, _draining ? "the server is shutting down" : ready ? null : reason, _running, _active - _running)
                {
                    KvBlocksInUse = _blocksInUse,
                    KvBlocks = _forward.MaxBlocks,
                    KvBytes = _cacheBytes,
                    Preemptions = _preemptions,
                };
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The prompt is empty or an id is outside the vocabulary.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request);
        cancellationToken.ThrowIfCancellationRequested();
        var seed = request.Sampling.Seed ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        var sequence = new Sequence(request, seed, _model.EndTokens, _candidates, MaxModelLength);
        Enqueue(sequence);
        var registration = cancellationToken.UnsafeRegister(_ => Cancel(sequence), null);
        try
        {
            await foreach (var token in sequence.Tokens.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return token;
        }
        finally
        {
            await registration.DisposeAsync().ConfigureAwait(false);
            Cancel(sequence);
        }
    }

    /// <summary>Takes no new sequences and waits for those there are; on cancellation they end with an error.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _draining = true;
            Wake();
        }

        try
        {
            await _drained.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the thread; sequences that are left fail with <see cref="EngineError.ShuttingDown"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _draining = true;
            _stopping = true;
            Wake();
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private void Check(GenerationRequest request)
    {
        if (request.PromptIds.Length == 0)
            throw new ArgumentException("the prompt has no tokens", nameof(request));
        foreach (var id in request.PromptIds)
        {
            if (id < 0 || id >= _model.Config.VocabSize)
                throw new ArgumentException($"token id {id} is outside the vocabulary of {_model.Config.VocabSize}", nameof(request));
        }

        if (request.PromptIds.Length >= MaxModelLength)
        {
            throw new EngineException(
                EngineError.ContextExceeded, $"the prompt has {request.PromptIds.Length} tokens; the context holds {MaxModelLength}, output included")
            {
                PromptTokens = request.PromptIds.Length,
            };
        }
    }

    private void Enqueue(Sequence sequence)
    {
        var (_, accepting, reason) = _ready();
        lock (_lock)
        {
            if (_draining)
                throw new EngineException(EngineError.ShuttingDown, "the server is shutting down");
            if (!accepting)
                throw new EngineException(EngineError.Unavailable, reason ?? "not every expert has a live owner");
            if (_active >= MaxSequences)
                throw new EngineException(EngineError.QueueFull, $"{_active} sequences run and wait (moe.engine.max-sequences, moe.engine.max-waiting)");
            _active++;
            _arrived.Enqueue(sequence);
            Wake();
        }
    }

    private void Cancel(Sequence sequence)
    {
        sequence.Cancel();
        lock (_lock)
            Wake();
    }

    private void Wake()
    {
        _woken = true;
        Monitor.Pulse(_lock);
    }

    private void Run()
    {
        try
        {
            while (Collect())
                Step();
        }
#pragma warning disable CA1031 // A defect of the scheduler ends the engine, not the process: its sequences hear of it.
        catch (Exception e)
        {
            StepFailed(e);
        }
#pragma warning restore CA1031
        finally
        {
            End();
        }
    }

    /// <summary>Takes arrivals and cancellations; waits where there is nothing to do. False to end.</summary>
    private bool Collect()
    {
        while (true)
        {
            lock (_lock)
            {
                _woken = false;
                while (_arrived.TryDequeue(out var sequence))
                    _scheduler.Add(sequence);
                if (_stopping)
                    return false;
            }

            foreach (var cancelled in _scheduler.All.Where(sequence => sequence.IsCancelled).ToList())
                Finish(cancelled, new OperationCanceledException());
            if (!_scheduler.IsIdle)
                return true;
            lock (_lock)
            {
                if (_draining && _active == 0)
                    _drained.TrySetResult();
                while (!_woken)
                    Monitor.Wait(_lock);
            }
        }
    }

    private void Step()
    {
        var batch = _scheduler.Step();
        Observe();
        ReadOnlyMemory<float> logits;
        try
        {
            logits = _forward.Forward([.. batch.Select(entry => entry.Chunk)]);
        }
        catch (ExpertsUnavailableException e)
        {
            FailAll(batch, new EngineException(EngineError.Unavailable, e.Message, e));
            return;
        }
#pragma warning disable CA1031 // Whatever a step throws ends the sequences in it, never the engine.
        catch (Exception e)
        {
            StepFailed(e);
            FailAll(batch, new EngineException(EngineError.Internal, e.Message, e));
            return;
        }
#pragma warning restore CA1031

        Observe();
        Distribute(batch, logits);
    }

    private void Distribute(IReadOnlyList<(Sequence Sequence, ForwardChunk Chunk)> batch, ReadOnlyMemory<float> logits)
    {
        var row = 0;
        foreach (var (sequence, chunk) in batch)
        {
            var rows = chunk.Logits.Rows(chunk.TokenIds.Length);
            try
            {
                if (sequence.Take(chunk, logits.Span.Slice(row * _forward.VocabSize, rows * _forward.VocabSize), _forward.VocabSize))
                    Finish(sequence, null);
            }
#pragma warning disable CA1031 // Whatever is wrong with one sequence's tokens ends that one; the others have theirs.
            catch (Exception e)
            {
                StepFailed(e);
                Finish(sequence, e as EngineException ?? new EngineException(EngineError.Internal, e.Message, e));
            }
#pragma warning restore CA1031

            row += rows;
        }
    }

    private void FailAll(IReadOnlyList<(Sequence Sequence, ForwardChunk Chunk)> batch, EngineException error)
    {
        foreach (var (sequence, _) in batch)
            Finish(sequence, error);
    }

    private void Finish(Sequence sequence, Exception? error)
    {
        _scheduler.Remove(sequence);
        if (error is not null)
            sequence.Fail(error);
        lock (_lock)
        {
            _active--;
            Observe();
        }
    }

    /// <summary>Takes down what the status says of the scheduler and the cache.</summary>
    private void Observe()
    {
        lock (_lock)
        {
            _running = _scheduler.Running;
            _blocksInUse = _forward.MaxBlocks - _forward.FreeBlocks;
            _cacheBytes = _forward.CacheBytes;
            _preemptions = _scheduler.Preemptions;
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _stopping = true;
            _draining = true;
            while (_arrived.TryDequeue(out var sequence))
                _scheduler.Add(sequence);
        }

        foreach (var sequence in _scheduler.All.ToList())
            Finish(sequence, new EngineException(EngineError.ShuttingDown, "the server is shutting down"));
        _drained.TrySetResult();
        _ended.TrySetResult();
    }

    [LoggerMessage(LogLevel.Error, "A step of the engine failed.")]
    private partial void StepFailed(Exception error);
}
