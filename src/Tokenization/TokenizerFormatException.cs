namespace MoE.Tokenization;

/// <summary>A tokenizer definition that cannot be honoured; the message is one line.</summary>
public sealed class TokenizerFormatException(string message) : Exception(message);
