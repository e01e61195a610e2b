namespace MoE.Tokenization.Gguf;

/// <summary>The values of <c>tokenizer.ggml.token_type</c>.</summary>
internal static class GgufTokenType
{
    public const int Normal = 1;
    public const int Unknown = 2;
    public const int Control = 3;
    public const int UserDefined = 4;
    public const int Byte = 6;
}
