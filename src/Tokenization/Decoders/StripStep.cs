namespace MoE.Tokenization.Decoders;

/// <summary>
/// Removes up to <paramref name="start"/> characters at the beginning, of the whole text after a Fuse, else of every token; and up to
/// <paramref name="stop"/> at the end of every token, where nothing is fused.
/// </summary>
internal sealed class StripStep(char content, int start, int stop, bool fused) : IDecoderStep
{
    private readonly int _start = start;
    private readonly bool _fused = fused;

    public DecoderStage CreateStage(DecoderStage next) => new Stage(this, next);

    private int Leading(string token, int atMost)
    {
        var count = 0;
        while (count < token.Length && count < atMost && token[count] == content) count++;
        return count;
    }

    private int Trailing(string token)
    {
        var count = 0;
        while (count < token.Length && count < stop && token[token.Length - 1 - count] == content) count++;
        return count;
    }

    private sealed class Stage(StripStep step, DecoderStage next) : DecoderStage
    {
        private int _left = step._start;

        public override void Push(string token)
        {
            if (!step._fused)
            {
                var from = step.Leading(token, step._start);
                next.Push(token[from..Math.Max(from, token.Length - step.Trailing(token))]);
                return;
            }

            var leading = step.Leading(token, _left);
            _left = leading == token.Length ? _left - leading : 0;
            next.Push(token[leading..]);
        }

        public override void Finish() => next.Finish();
    }
}
