using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using MoE.Http.Errors;
using MoE.Http.Responses;

namespace MoE.Http.Streaming;

/// <summary>Writes server-sent events. A reader that takes nothing for the stall timeout loses its connection.</summary>
internal sealed class SseWriter(HttpContext context, TimeProvider time, TimeSpan stallTimeout)
{
    private long _lastSent = time.GetTimestamp();
    private bool _pending;

    /// <summary>Whether the status has gone out, so that an error can only be an event.</summary>
    public bool Started { get; private set; }

    /// <summary>Whether the connection was given up because its reader stalled.</summary>
    public bool Abandoned { get; private set; }

    /// <summary>How long nothing was sent.</summary>
    public TimeSpan Silence => time.GetElapsedTime(_lastSent);

    /// <summary>Adds an event; the next flush sends it.</summary>
    public void Add<T>(T value, JsonTypeInfo<T> type)
    {
        Start();
        var body = context.Response.BodyWriter;
        body.Write("data: "u8);
        using (var json = new Utf8JsonWriter(body, HttpJson.WriterOptions))
            JsonSerializer.Serialize(json, value, type);
        body.Write("\n\n"u8);
    }

    /// <summary>The mark of a complete stream.</summary>
    public void AddDone()
    {
        Start();
        context.Response.BodyWriter.Write("data: [DONE]\n\n"u8);
    }

    /// <summary>A comment line; clients skip it, proxies see traffic.</summary>
    public Task PingAsync()
    {
        Start();
        context.Response.BodyWriter.Write(": ping\n\n"u8);
        return FlushAsync();
    }

    /// <summary>Reports a failure; no <c>[DONE]</c> follows, so nobody takes the cut for an end.</summary>
    public Task ErrorAsync(ApiException failure)
    {
        Add(new ErrorBody(failure.Error), HttpJson.Default.ErrorBody);
        return FlushAsync();
    }

    /// <summary>Sends what was added.</summary>
    /// <exception cref="OperationCanceledException">The reader went away or stalled.</exception>
    public async Task FlushAsync()
    {
        if (!_pending)
            return;
        _pending = false;
        _lastSent = time.GetTimestamp();
        try
        {
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask().WaitAsync(stallTimeout, time, context.RequestAborted);
        }
        catch (TimeoutException)
        {
            Abandoned = true;
            context.Abort();
            throw new OperationCanceledException($"The reader took nothing for {stallTimeout.TotalSeconds:0} s.");
        }
    }

    private void Start()
    {
        _pending = true;
        if (Started)
            return;
        Started = true;
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        // nginx would collect the events otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
    }
}
