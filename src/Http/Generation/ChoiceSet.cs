using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using MoE.Engine;

namespace MoE.Http.Generation;

/// <summary>
/// Runs a request's sequences at once and merges their pieces. The first failure ends them all; disposing cancels what still
/// runs, so a slot is never held for an answer that nobody reads.
/// </summary>
internal sealed class ChoiceSet : IAsyncDisposable
{
    // A reader that falls behind stops its own sequences here and nobody else's.
    private const int MaxPieces = 256;

    private readonly Channel<OutputPiece> _pieces = Channel.CreateBounded<OutputPiece>(new BoundedChannelOptions(MaxPieces) { SingleReader = true });
    private readonly IEngine _engine;
    private readonly CancellationTokenSource _cancel;
    private readonly Task _run;
    private ExceptionDispatchInfo? _failure;

    private ChoiceSet(IEngine engine, IReadOnlyList<ChoiceRequest> choices, CancellationToken cancellationToken)
    {
        _engine = engine;
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _run = RunAllAsync(choices);
    }

    /// <summary>Completes when every choice has finished, or with the first failure.</summary>
    public ChannelReader<OutputPiece> Pieces => _pieces.Reader;

    public static ChoiceSet Start(IEngine engine, IReadOnlyList<ChoiceRequest> choices, CancellationToken cancellationToken) =>
        new(engine, choices, cancellationToken);

    /// <summary>Throws the first failure at once, even while pieces from before it wait.</summary>
    public void ThrowIfFailed() => Volatile.Read(ref _failure)?.Throw();

    public async ValueTask DisposeAsync()
    {
        await _cancel.CancelAsync();
        await _run;
        _cancel.Dispose();
    }

    private async Task RunAllAsync(IReadOnlyList<ChoiceRequest> choices)
    {
        await Task.WhenAll(choices.Select((choice, index) => RunAsync(choice, index)));
        _pieces.Writer.TryComplete();
    }

    private async Task RunAsync(ChoiceRequest choice, int index)
    {
        try
        {
            await GenerateAsync(choice, index);
        }
        catch (Exception failure)
        {
            // Told to the reader, who answers for all choices together.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
            _pieces.Writer.TryComplete(failure);
            await _cancel.CancelAsync();
        }
    }

    private async Task GenerateAsync(ChoiceRequest choice, int index)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_cancel.Token);
        var output = new OutputProcessor(_engine.Tokenizer, choice.Stop, choice.Generation.Sampling);
        await foreach (var token in _engine.GenerateAsync(choice.Generation, cancel.Token))
        {
            var piece = output.Add(token);
            if (choice.PromptOnly)
                piece = new OutputPiece(string.Empty, [], FinishReason.Length, 0) { PromptLogprobs = piece.PromptLogprobs, CachedTokens = piece.CachedTokens };
            piece = piece with { Choice = index };
            if (piece.Finish is not null)
                await cancel.CancelAsync();
            await _pieces.Writer.WriteAsync(piece, _cancel.Token);
            if (piece.Finish is not null)
                return;
        }

        throw new InvalidOperationException($"The engine ended {choice.Generation.RequestId} without a finish reason.");
    }
}
