using System.Text;
using MoE.Tokenization.Bpe;

namespace MoE.Tokenization.Decoders;

/// <summary>Reads tokens in the byte-level alphabet as UTF-8; bytes that are none become U+FFFD, one per maximal subpart.</summary>
internal sealed class ByteLevelStep : IDecoderStep
{
    public DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    public byte[]? TokenBytes(ref string token) => ByteAlphabet.ToBytes(token);

    private sealed class Stage(DecoderStage next) : DecoderStage
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override void Push(string token) => Convert(ByteAlphabet.ToBytes(token), flush: false);

        public override void Finish()
        {
            Convert([], flush: true);
            next.Finish();
        }

        private void Convert(byte[] bytes, bool flush)
        {
            var chars = new char[_decoder.GetCharCount(bytes, flush)];
            var count = _decoder.GetChars(bytes, chars, flush);
            if (count > 0) next.Push(new string(chars, 0, count));
        }
    }
}
