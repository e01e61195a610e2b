using MoE.Http.Generation;

namespace MoE.Http.Streaming;

/// <summary>How one route writes its stream.</summary>
internal interface IStreamFormat
{
    /// <summary>Adds the events that a piece makes, if any.</summary>
    void Add(SseWriter events, OutputPiece piece);

    /// <summary>Adds what comes after the last piece and before the end mark.</summary>
    void AddEnd(SseWriter events);
}
