namespace MoE.Http;

/// <summary>What the HTTP surface is told. Every bound that a client can reach is here.</summary>
public sealed record HttpSettings
{
    /// <summary>Where Kestrel listens; <c>http</c> only, port 0 picks a free one. TLS belongs to a proxy in front.</summary>
    public string Url { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Keys that clients may show; empty asks for none.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Exact origins (<c>https://chat.example.org</c>) that browsers may call from; empty turns CORS off.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Most bytes of one request's body.</summary>
    public long MaxBodyBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Most bytes of the bodies that are held at once, so that many large requests cannot exhaust memory.</summary>
    public long MaxTotalBodyBytes { get; init; } = 512 * 1024 * 1024;

    /// <summary>Most connections at once.</summary>
    public int MaxConnections { get; init; } = 16_384;

    /// <summary>Most entries in <c>messages</c>; each costs memory long before the context's length can be checked.</summary>
    public int MaxMessages { get; init; } = 16_384;

    /// <summary>Most strings in <c>stop</c>.</summary>
    public int MaxStopStrings { get; init; } = 16;

    /// <summary>Most UTF-8 bytes of one stop string.</summary>
    public int MaxStopStringBytes { get; init; } = 1024;

    /// <summary>Most ids in <c>stop_token_ids</c>.</summary>
    public int MaxStopTokenIds { get; init; } = 64;

    /// <summary>Most characters of a text to tokenize, and most ids to detokenize: as ids, pieces and JSON they take a hundred times their bytes.</summary>
    public int MaxTokenizeLength { get; init; } = 1024 * 1024;

    /// <summary>Silence after which a stream gets a comment line, so that proxies keep it open.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one write may wait for a reader before its connection is closed.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long stopping waits for running requests.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What <c>Retry-After</c> says when the queue is full or experts are missing.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    // Timers take no more.
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(1);

    /// <exception cref="ArgumentException">One line: the configuration's key, the value, what is allowed.</exception>
    public void Validate()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || url.AbsolutePath != "/")
            throw new ArgumentException($"moe.http.url = {Url}: must be like http://127.0.0.1:8080");
        foreach (var key in ApiKeys)
        {
            if (string.IsNullOrWhiteSpace(key) || key.Trim() != key)
                throw new ArgumentException("moe.http.api-keys: has a key that is empty or has spaces around it");
        }

        foreach (var origin in CorsOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var parsed) || parsed.GetLeftPart(UriPartial.Authority) != origin)
                throw new ArgumentException($"moe.http.cors-origins has {origin}: an origin is like https://chat.example.org, without a path");
        }

        AtLeastOne("max-request-bytes", MaxBodyBytes);
        AtLeastOne("max-total-request-bytes", MaxTotalBodyBytes);
        AtLeastOne("max-connections", MaxConnections);
        AtLeastOne("max-messages", MaxMessages);
        AtLeastOne("max-stop-strings", MaxStopStrings);
        AtLeastOne("max-stop-string-bytes", MaxStopStringBytes);
        AtLeastOne("max-stop-token-ids", MaxStopTokenIds);
        AtLeastOne("max-tokenize-length", MaxTokenizeLength);
        Positive("moe.http.ping-interval", PingInterval);
        Positive("moe.http.stall-timeout", StallTimeout);
        Positive("moe.shutdown-timeout", ShutdownTimeout);
        Positive("moe.http.retry-after", RetryAfter);
    }

    private static void AtLeastOne(string key, long value)
    {
        if (value < 1)
            throw new ArgumentException($"moe.http.{key} = {value}: must be at least 1");
    }

    private static void Positive(string key, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > MaxTime)
            throw new ArgumentException($"{key} = {value.TotalSeconds:0.###}s: must be above 0 and at most {MaxTime.TotalSeconds:0}s");
    }
}
