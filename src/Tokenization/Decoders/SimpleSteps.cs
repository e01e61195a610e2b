namespace MoE.Tokenization.Decoders;

/// <summary>Replaces a string in every token.</summary>
internal sealed class ReplaceStep(string pattern, string content) : IDecoderStep
{
    public DecoderStage CreateStage(DecoderStage next) => new Stage(this, next);

    public byte[]? TokenBytes(ref string token)
    {
        token = Replace(token);
        return null;
    }

    private string Replace(string token) => token.Replace(pattern, content, StringComparison.Ordinal);

    private sealed class Stage(ReplaceStep step, DecoderStage next) : DecoderStage
    {
        public override void Push(string token) => next.Push(step.Replace(token));

        public override void Finish() => next.Finish();
    }
}

/// <summary>Spells the mark as a space; in the first token it disappears, if it was put there when encoding.</summary>
internal sealed class MetaspaceStep(char mark, bool dropInFirst) : IDecoderStep
{
    public DecoderStage CreateStage(DecoderStage next) => new Stage(mark, dropInFirst, next);

    public byte[]? TokenBytes(ref string token)
    {
        token = token.Replace(mark, ' ');
        return null;
    }

    private sealed class Stage(char mark, bool dropInFirst, DecoderStage next) : DecoderStage
    {
        private bool _first = dropInFirst;

        public override void Push(string token)
        {
            next.Push(_first ? token.Replace(mark.ToString(), "", StringComparison.Ordinal) : token.Replace(mark, ' '));
            _first = false;
        }

        public override void Finish() => next.Finish();
    }
}

/// <summary>Puts a space between tokens: what Hugging Face does where a tokenizer has no decoder.</summary>
internal sealed class SpaceJoinStep : IDecoderStep
{
    public DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    private sealed class Stage(DecoderStage next) : DecoderStage
    {
        private bool _first = true;

        public override void Push(string token)
        {
            next.Push(_first ? token : " " + token);
            _first = false;
        }

        public override void Finish() => next.Finish();
    }
}
