using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>How the answer is sent.</summary>
/// <param name="Stream">As server-sent events.</param>
/// <param name="IncludeUsage">With a last chunk that carries the usage.</param>
internal sealed record StreamOptions(bool Stream, bool IncludeUsage)
{
    public static StreamOptions Read(Fields fields)
    {
        var stream = fields.Bool("stream") ?? false;
        if (fields.Object("stream_options") is not { } options)
            return new StreamOptions(stream, false);
        if (!stream)
            throw ApiException.Invalid("stream_options", "'stream_options' needs 'stream': true.");
        if (options.Bool("include_obfuscation") is true)
            throw ApiException.NotImplemented("stream_options.include_obfuscation", "false");
        return new StreamOptions(stream, options.Bool("include_usage") ?? false);
    }
}
