namespace MoE.Http.Responses;

internal sealed record ModelList(string Object, IReadOnlyList<ModelCard> Data);

/// <summary>A served model; <paramref name="MaxModelLen"/> is vLLM's field for the context's length.</summary>
internal sealed record ModelCard(string Id, string Object, long Created, string OwnedBy, int MaxModelLen);

internal sealed record HealthReply(string Status);

internal sealed record TokenizeReply(IReadOnlyList<int> Tokens);

internal sealed record TokenizePiecesReply(IReadOnlyList<TokenPiece> Tokens);

/// <summary>A token with its text where its bytes are whole characters, else with its bytes; llama-server's form.</summary>
internal sealed record TokenPiece(int Id, object Piece);

internal sealed record DetokenizeReply(string Content);

internal sealed record PromptReply(string Prompt);
