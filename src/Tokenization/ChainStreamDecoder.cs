using MoE.Tokenization.Decoders;

namespace MoE.Tokenization;

/// <summary>Pushes ids through the decoder's stages as they come.</summary>
internal sealed class ChainStreamDecoder : StreamDecoder
{
    private readonly BpeTokenizer _tokenizer;
    private readonly bool _skipSpecial;
    private readonly TextSink _sink = new();
    private readonly DecoderStage _chain;
    private bool _finished;

    public ChainStreamDecoder(BpeTokenizer tokenizer, TokenDecoder decoder, bool skipSpecial)
    {
        _tokenizer = tokenizer;
        _skipSpecial = skipSpecial;
        _chain = decoder.CreateChain(_sink);
    }

    public override string Add(int id)
    {
        ThrowIfFinished();
        if (_tokenizer.FindText(id) is not { } token) return "";
        if (_skipSpecial && _tokenizer.IsSpecial(id)) return "";
        _chain.Push(token);
        return _sink.Drain();
    }

    public override string Finish()
    {
        ThrowIfFinished();
        _finished = true;
        _chain.Finish();
        return _sink.Drain();
    }

    private void ThrowIfFinished()
    {
        if (_finished) throw new InvalidOperationException("the stream decoder is finished; create another for another stream");
    }
}
