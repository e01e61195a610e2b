using System.Buffers;
using System.Globalization;
using System.Text;

namespace MoE.Tokenization.Decoders;

/// <summary>
/// Reads runs of <c>&lt;0xXX&gt;</c> tokens as UTF-8. As in Hugging Face tokenizers a run with a fault in it becomes one U+FFFD per byte,
/// also where its beginning was sound; hence a sound run is held until it ends, or until it is <see cref="MaxHeldBytes"/> long.
/// </summary>
internal sealed class ByteFallbackStep : IDecoderStep
{
    public const int MaxHeldBytes = 256;

    public DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    public byte[]? TokenBytes(ref string token) => TryByte(token, out var value) ? [value] : null;

    private static bool TryByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private sealed class Stage(DecoderStage next) : DecoderStage
    {
        private readonly byte[] _held = new byte[MaxHeldBytes];
        private int _count;
        private int _complete;
        private bool _faulty;

        public override void Push(string token)
        {
            if (TryByte(token, out var value))
            {
                PushByte(value);
                return;
            }

            EndRun();
            next.Push(token);
        }

        public override void Finish()
        {
            EndRun();
            next.Finish();
        }

        private void PushByte(byte value)
        {
            if (_faulty)
            {
                next.Push("\uFFFD");
                return;
            }

            if (_count == MaxHeldBytes) CommitCharacters();
            _held[_count++] = value;
            var status = Rune.DecodeFromUtf8(_held.AsSpan(_complete, _count - _complete), out _, out var consumed);
            if (status == OperationStatus.Done)
            {
                _complete += consumed;
            }
            else if (status == OperationStatus.InvalidData)
            {
                PushFaults();
                _faulty = true;
            }
        }

        private void EndRun()
        {
            if (_complete < _count) PushFaults();
            else CommitCharacters();
            _faulty = false;
        }

        private void CommitCharacters()
        {
            if (_complete > 0) next.Push(Encoding.UTF8.GetString(_held, 0, _complete));
            _held.AsSpan(_complete, _count - _complete).CopyTo(_held);
            _count -= _complete;
            _complete = 0;
        }

        private void PushFaults()
        {
            next.Push(new string('\uFFFD', _count));
            (_count, _complete) = (0, 0);
        }
    }
}
