using System.Text;

namespace MoE.Tokenization.Regex;

/// <summary>What the matches over one text share: a budget of steps, and the room for choices.</summary>
internal sealed class RegexState(int chars)
{
    public const long StepsPerChar = 256;
    private const long BaseSteps = 16_384;

    public long StepsLeft { get; set; } = BaseSteps + StepsPerChar * chars;

    public Stack<RegexChoice> Choices { get; } = new();
}

/// <summary>Where to go on after a failure; a loop that may give back has <paramref name="Lowest"/> below its position.</summary>
internal readonly record struct RegexChoice(int Pc, int Position, int Lowest);

/// <summary>Runs a program at places of one text.</summary>
internal readonly ref struct RegexMachine(RegexInstruction[] program, ReadOnlySpan<char> text, string pattern, RegexState state)
{
    private readonly RegexInstruction[] _program = program;
    private readonly ReadOnlySpan<char> _text = text;
    private readonly Stack<RegexChoice> _choices = state.Choices;

    /// <returns>Where the match ends, or -1.</returns>
    public int MatchAt(int position) => Run(0, position);

    private int Run(int pc, int position)
    {
        var floor = _choices.Count;
        while (true)
        {
            Spend(1);
            ref readonly var instruction = ref _program[pc];
            var matched = true;
            switch (instruction.Opcode)
            {
                case RegexOpcode.Set:
                    matched = TryTake(instruction.Set!, ref position);
                    pc++;
                    break;
                case RegexOpcode.Loop:
                case RegexOpcode.PossessiveLoop:
                    matched = TryLoop(instruction, pc, ref position);
                    pc++;
                    break;
                case RegexOpcode.Split:
                    _choices.Push(new RegexChoice(instruction.B, position, position));
                    pc = instruction.A;
                    break;
                case RegexOpcode.Jump:
                    pc = instruction.A;
                    break;
                case RegexOpcode.Ahead:
                    matched = Run(pc + 1, position) >= 0;
                    pc = instruction.A;
                    break;
                case RegexOpcode.NotAhead:
                    matched = Run(pc + 1, position) < 0;
                    pc = instruction.A;
                    break;
                case RegexOpcode.Atomic:
                    var end = Run(pc + 1, position);
                    matched = end >= 0;
                    position = end;
                    pc = instruction.A;
                    break;
                case RegexOpcode.Anchor:
                    matched = HoldsAt((AnchorKind)instruction.A, position);
                    pc++;
                    break;
                default:
                    while (_choices.Count > floor) _choices.Pop();
                    return position;
            }

            if (matched) continue;
            if (_choices.Count == floor) return -1;
            var choice = _choices.Pop();
            (pc, position) = (choice.Pc, choice.Position);
            if (choice.Lowest < position)
            {
                // A loop gives back one code point at a time.
                position -= char.IsLowSurrogate(_text[position - 1]) ? 2 : 1;
                if (choice.Lowest < position) _choices.Push(new RegexChoice(pc, position, choice.Lowest));
            }
        }
    }

    private bool TryTake(CodePointSet set, ref int position)
    {
        if (position >= _text.Length) return false;
        int c = _text[position];
        var width = 1;
        if (char.IsHighSurrogate((char)c) && position + 1 < _text.Length)
        {
            c = char.ConvertToUtf32((char)c, _text[position + 1]);
            width = 2;
        }

        if (!set.Contains(c)) return false;
        position += width;
        return true;
    }

    private bool TryLoop(in RegexInstruction loop, int pc, ref int position)
    {
        var start = position;
        var lowest = position;
        var count = 0;
        while ((loop.B < 0 || count < loop.B) && TryTake(loop.Set!, ref position))
        {
            if (++count == loop.A) lowest = position;
        }

        Spend(position - start);
        if (count < loop.A) return false;
        if (loop.Opcode == RegexOpcode.Loop && lowest < position) _choices.Push(new RegexChoice(pc + 1, position, lowest));
        return true;
    }

    private bool HoldsAt(AnchorKind kind, int position) => kind switch
    {
        AnchorKind.TextStart => position == 0,
        AnchorKind.TextEnd => position == _text.Length,
        AnchorKind.LineStart => position == 0 || _text[position - 1] == '\n',
        AnchorKind.LineEnd => position == _text.Length || _text[position] == '\n',
        AnchorKind.WordBoundary => WordBefore(position) != WordAfter(position),
        _ => WordBefore(position) == WordAfter(position),
    };

    private bool WordBefore(int position) =>
        Rune.DecodeLastFromUtf16(_text[..position], out var rune, out _) == System.Buffers.OperationStatus.Done && CodePointSet.Word.Contains(rune.Value);

    private bool WordAfter(int position) =>
        Rune.DecodeFromUtf16(_text[position..], out var rune, out _) == System.Buffers.OperationStatus.Done && CodePointSet.Word.Contains(rune.Value);

    private void Spend(int steps)
    {
        if ((state.StepsLeft -= steps) < 0)
            throw new TokenizerFormatException($"pattern '{pattern}' takes more than {RegexState.StepsPerChar} steps a character of the text ({_text.Length} characters)");
    }
}
