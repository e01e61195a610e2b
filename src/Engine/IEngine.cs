using MoE.Model;
using MoE.Tokenization;

namespace MoE.Engine;

/// <summary>Serves one model to many callers at once (continuous batching). Thread-safe.</summary>
public interface IEngine
{
    /// <summary>The id that clients name in <c>model</c>.</summary>
    string ModelId { get; }

    ModelConfig Config { get; }

    Tokenizer Tokenizer { get; }

    ChatTemplate ChatTemplate { get; }

    GenerationDefaults Defaults { get; }

    /// <summary>Most positions of one sequence, prompt and output together.</summary>
    int MaxModelLength { get; }

    /// <summary>Most sequences that run and wait at once.</summary>
    int MaxSequences { get; }

    /// <summary>Whether requests can be served now; if not, why.</summary>
    EngineStatus Status { get; }

    /// <summary>Queues a sequence and streams its tokens; cancelling frees its slot at once.</summary>
    /// <exception cref="EngineException">Queue full, too long, or the layer failed: see <see cref="EngineError"/>.</exception>
    IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken);
}

/// <summary>Readiness and load.</summary>
/// <param name="Ready">Whether every expert of the model has a live owner.</param>
/// <param name="Reason">What is missing where it is not ready.</param>
/// <param name="Running">Sequences in the current batch.</param>
/// <param name="Waiting">Sequences that wait for room.</param>
public sealed record EngineStatus(bool Ready, string? Reason, int Running, int Waiting)
{
    /// <summary>Cache blocks that sequences hold; those that only remember a prefix are free.</summary>
    public int KvBlocksInUse { get; init; }

    /// <summary>Cache blocks there are.</summary>
    public int KvBlocks { get; init; }

    /// <summary>Bytes of the cache blocks that were ever in use.</summary>
    public long KvBytes { get; init; }

    /// <summary>Sequences that gave their blocks back since the start, to be computed again.</summary>
    public long Preemptions { get; init; }
}

/// <summary>What an engine's experts allow.</summary>
/// <param name="Ready">Whether every expert of the model has a live owner.</param>
/// <param name="Accepting">Whether a new sequence would be served: at once, or after experts that are missing have found a place.</param>
/// <param name="Reason">What is missing where it is not ready.</param>
public readonly record struct EngineReadiness(bool Ready, bool Accepting, string? Reason)
{
    /// <summary>For a process that holds every expert itself.</summary>
    public static EngineReadiness Always => new(true, true, null);
}

/// <summary>Why a sequence failed.</summary>
public enum EngineError
{
    /// <summary>The waiting queue is full: try again later (429).</summary>
    QueueFull,

    /// <summary>The prompt does not fit the context (400).</summary>
    ContextExceeded,

    /// <summary>Experts are missing or did not answer in time (503).</summary>
    Unavailable,

    /// <summary>The engine is shutting down (503).</summary>
    ShuttingDown,

    /// <summary>A defect of ours (500).</summary>
    Internal,
}

/// <summary>A sequence that ended without its tokens.</summary>
public sealed class EngineException(EngineError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public EngineError Error { get; } = error;

    /// <summary>For <see cref="EngineError.ContextExceeded"/>.</summary>
    public int? PromptTokens { get; init; }
}
