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

    /// <summary>Silence after which a stream gets a comment line, so that proxies keep it open.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one write may wait for a reader before its connection is closed.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long stopping waits for running requests.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What <c>Retry-After</c> says when the queue is full or experts are missing.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <exception cref="ArgumentException">One line: the setting, the value, what is allowed.</exception>
    public void Validate()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || url.AbsolutePath != "/")
            throw new ArgumentException($"Url is '{Url}'; it must be like http://127.0.0.1:8080.");
        foreach (var key in ApiKeys)
        {
            if (string.IsNullOrWhiteSpace(key) || key.Trim() != key)
                throw new ArgumentException("ApiKeys has a key that is empty or has spaces around it.");
        }

        foreach (var origin in CorsOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var parsed) || parsed.GetLeftPart(UriPartial.Authority) != origin)
                throw new ArgumentException($"CorsOrigins has '{origin}'; an origin is like https://chat.example.org, without a path.");
        }

        AtLeastOne(MaxBodyBytes, nameof(MaxBodyBytes));
        AtLeastOne(MaxTotalBodyBytes, nameof(MaxTotalBodyBytes));
        AtLeastOne(MaxConnections, nameof(MaxConnections));
        AtLeastOne(MaxMessages, nameof(MaxMessages));
        AtLeastOne(MaxStopStrings, nameof(MaxStopStrings));
        AtLeastOne(MaxStopStringBytes, nameof(MaxStopStringBytes));
        AtLeastOne(MaxStopTokenIds, nameof(MaxStopTokenIds));
        AtLeastOne(PingInterval.Ticks, nameof(PingInterval));
        AtLeastOne(StallTimeout.Ticks, nameof(StallTimeout));
        AtLeastOne(ShutdownTimeout.Ticks, nameof(ShutdownTimeout));
        AtLeastOne(RetryAfter.Ticks, nameof(RetryAfter));
    }

    private static void AtLeastOne(long value, string name)
    {
        if (value < 1)
            throw new ArgumentException($"{name} is {value}; it must be positive.");
    }
}
