using System.Text;

namespace MoE.Tokenization.Decoders;

/// <summary>The end of a chain of stages.</summary>
internal sealed class TextSink : DecoderStage
{
    private readonly StringBuilder _text = new();

    public override void Push(string token) => _text.Append(token);

    public override void Finish()
    {
    }

    /// <summary>Takes the text so far out.</summary>
    public string Drain()
    {
        if (_text.Length == 0) return "";
        var text = _text.ToString();
        _text.Clear();
        return text;
    }
}
