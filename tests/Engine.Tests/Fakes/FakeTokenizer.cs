using MoE.Tokenization;

namespace MoE.Engine.Tests;

/// <summary>A vocabulary without text: the engine asks for its size and its end token.</summary>
internal sealed class FakeTokenizer(int vocabSize) : Tokenizer
{
    public const int Eos = 15;

    public override int VocabSize => vocabSize;

    public override int? BosTokenId => null;

    public override int? EosTokenId => Eos;

    public override int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true, int maxTokens = int.MaxValue) => throw new NotSupportedException();

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false) => throw new NotSupportedException();

    public override ReadOnlyMemory<byte> TokenBytes(int id) => throw new NotSupportedException();

    public override string TokenText(int id) => throw new NotSupportedException();

    public override bool IsSpecial(int id) => throw new NotSupportedException();

    public override StreamDecoder CreateStreamDecoder(bool skipSpecial = true) => throw new NotSupportedException();
}
