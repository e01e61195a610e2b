using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using MoE.Http.Errors;
using MoE.Http.Generation;
using MoE.Http.Metrics;

namespace MoE.Http.Streaming;

/// <summary>Carries a request's pieces to its event stream.</summary>
internal sealed class StreamPump(TimeProvider time, HttpSettings settings, Failures failures)
{
    /// <summary>
    /// Nothing is sent before the first piece, so that a failure until then gets its HTTP status. Only a silence of the
    /// ping interval opens the stream earlier: a long prompt would else look dead to every proxy on the way.
    /// </summary>
    public async Task RunAsync(HttpContext context, ChoiceSet choices, IStreamFormat format)
    {
        var events = new SseWriter(context, time, settings.StallTimeout);
        try
        {
            while (await WaitAsync(choices.Pieces, events, context.RequestAborted))
            {
                if (!events.Started)
                    choices.ThrowIfFailed();
                while (choices.Pieces.TryRead(out var piece))
                    format.Add(events, piece);
                await events.FlushAsync();
            }

            format.AddEnd(events);
            events.AddDone();
            await events.FlushAsync();
        }
        catch (OperationCanceledException) when (events.Abandoned)
        {
            // The stalled reader's connection is closed; its sequences end with the request.
        }
        catch (Exception failure) when (events.Started && !context.RequestAborted.IsCancellationRequested)
        {
            var error = failures.ToApi(failure, context);
            Measured.FailStream(context, error.Error.Type);
            await events.ErrorAsync(error);
        }
    }

    private async Task<bool> WaitAsync(ChannelReader<OutputPiece> pieces, SseWriter events, CancellationToken cancellationToken)
    {
        var more = pieces.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            try
            {
                var left = settings.PingInterval - events.Silence;
                return await more.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
            }
            catch (TimeoutException) when (!more.IsCompleted)
            {
                await events.PingAsync();
            }
        }
    }
}
