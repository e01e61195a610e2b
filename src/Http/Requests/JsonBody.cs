using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>A request's body: one JSON object whose every string is valid text. Disposing gives its bytes back to the budget.</summary>
internal sealed class JsonBody : IDisposable
{
    private const int MaxDepth = 64;

    // Each field that is read is searched for among all of them.
    private const int MaxFields = 1024;
    private static readonly JsonDocumentOptions _options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    private readonly JsonDocument _document;
    private readonly BodyBudget _budget;
    private readonly long _bytes;

    private JsonBody(JsonDocument document, BodyBudget budget, long bytes)
    {
        _document = document;
        _budget = budget;
        _bytes = bytes;
    }

    public Fields Fields => new(_document.RootElement, string.Empty);

    /// <exception cref="ApiException">415, 413, 429 or 400.</exception>
    public static async Task<JsonBody> ReadAsync(HttpContext context, BodyBudget budget)
    {
        RequireJson(context.Request);
        var bytes = await ReadBytesAsync(context, budget);
        try
        {
            return new JsonBody(Parse(bytes), budget, bytes.Length);
        }
        catch
        {
            budget.Release(bytes.Length);
            throw;
        }
    }

    public void Dispose()
    {
        _document.Dispose();
        _budget.Release(_bytes);
    }

    // Asking for application/json also makes browsers ask before they send across origins.
    private static void RequireJson(HttpRequest request)
    {
        var isJson = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            && (type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        if (!isJson || request.Headers.ContentEncoding.Count > 0)
            throw ApiException.FromStatus(StatusCodes.Status415UnsupportedMediaType, string.Empty);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext context, BodyBudget budget)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(context.RequestAborted);
                if (budget.Take(bytes.WrittenCount, read.Buffer.Length) is { } refusal)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    await DrainAsync(reader, read.IsCompleted, context.RequestAborted);
                    throw refusal;
                }

                foreach (var segment in read.Buffer)
                    bytes.Write(segment.Span);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return bytes.WrittenMemory;
            }
        }
        catch
        {
            budget.Release(bytes.WrittenCount);
            throw;
        }
    }

    // Most clients send all of a body before they read: one that is cut off sees a broken connection, which it tries again,
    // and never the refusal. Kestrel bounds how much is read here.
    private static async Task DrainAsync(PipeReader reader, bool completed, CancellationToken cancellationToken)
    {
        while (!completed)
        {
            var read = await reader.ReadAsync(cancellationToken);
            reader.AdvanceTo(read.Buffer.End);
            completed = read.IsCompleted;
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        if (!Utf8.IsValid(bytes.Span))
            throw ApiException.Invalid(null, "The body is not valid UTF-8.");
        JsonDocument document;
        try
        {
            CheckEscapes(bytes.Span);
            document = JsonDocument.Parse(bytes, _options);
        }
        catch (JsonException failure)
        {
            var where = failure.LineNumber is { } line ? $" (line {line + 1}, byte {failure.BytePositionInLine + 1})" : string.Empty;
            throw ApiException.Invalid(null, $"The body is not valid JSON of at most {MaxDepth} levels without repeated names{where}.");
        }

        var isObject = document.RootElement.ValueKind == JsonValueKind.Object;
        if (isObject && document.RootElement.GetPropertyCount() <= MaxFields)
            return document;
        document.Dispose();
        throw ApiException.Invalid(null, isObject ? $"The body has more than {MaxFields} fields." : "The body must be a JSON object.");
    }

    // "\ud800" is valid JSON and no text: reading it later, inside a template, say, would throw there.
    private static void CheckEscapes(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                throw ApiException.Invalid(null, $"The body has a lone surrogate in a string (byte {reader.TokenStartIndex + 1}).");
            }
        }
    }
}
