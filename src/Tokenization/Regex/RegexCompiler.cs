namespace MoE.Tokenization.Regex;

/// <summary>Turns a parsed pattern into a program for <see cref="CodePointRegex"/>.</summary>
internal sealed class RegexCompiler
{
    private const int MaxInstructions = 20_000;

    private readonly List<RegexInstruction> _program = [];

    public static RegexInstruction[] Compile(RegexNode node)
    {
        var compiler = new RegexCompiler();
        compiler.Emit(node);
        compiler.Add(new RegexInstruction(RegexOpcode.Accept));
        return [.. compiler._program];
    }

    private int Add(RegexInstruction instruction)
    {
        if (_program.Count >= MaxInstructions) throw new FormatException($"the pattern takes more than {MaxInstructions} instructions");
        _program.Add(instruction);
        return _program.Count - 1;
    }

    private void Emit(RegexNode node)
    {
        switch (node)
        {
            case RegexNode.Set set:
                Add(new RegexInstruction(RegexOpcode.Set, Set: set.Points));
                break;
            case RegexNode.Concat concat:
                foreach (var part in concat.Parts) Emit(part);
                break;
            case RegexNode.Alternate alternate:
                EmitAlternate(alternate.Branches);
                break;
            case RegexNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case RegexNode.Look look:
                EmitNested(look.Negative ? RegexOpcode.NotAhead : RegexOpcode.Ahead, look.Body);
                break;
            case RegexNode.Atomic atomic:
                EmitNested(RegexOpcode.Atomic, atomic.Body);
                break;
            case RegexNode.Anchor anchor:
                Add(new RegexInstruction(RegexOpcode.Anchor, (int)anchor.Kind));
                break;
            default:
                throw new InvalidOperationException($"no code for {node.GetType().Name}");
        }
    }

    private void EmitAlternate(IReadOnlyList<RegexNode> branches)
    {
        var exits = new List<int>();
        for (var i = 0; i < branches.Count - 1; i++)
        {
            var split = Add(default);
            Emit(branches[i]);
            exits.Add(Add(default));
            _program[split] = new RegexInstruction(RegexOpcode.Split, split + 1, _program.Count);
        }

        Emit(branches[^1]);
        foreach (var exit in exits) _program[exit] = new RegexInstruction(RegexOpcode.Jump, _program.Count);
    }

    private void EmitNested(RegexOpcode opcode, RegexNode body)
    {
        var at = Add(default);
        Emit(body);
        Add(new RegexInstruction(RegexOpcode.Accept));
        _program[at] = new RegexInstruction(opcode, _program.Count);
    }

    private void EmitRepeat(RegexNode.Repeat repeat)
    {
        if (repeat is { Body: RegexNode.Set set, Greed: not Greed.Lazy })
        {
            var opcode = repeat.Greed == Greed.Possessive ? RegexOpcode.PossessiveLoop : RegexOpcode.Loop;
            Add(new RegexInstruction(opcode, repeat.Min, repeat.Max, set.Points));
            return;
        }

        if (repeat.Greed == Greed.Possessive)
        {
            EmitNested(RegexOpcode.Atomic, repeat with { Greed = Greed.Greedy });
            return;
        }

        for (var i = 0; i < repeat.Min; i++) Emit(repeat.Body);
        var lazy = repeat.Greed == Greed.Lazy;
        if (repeat.Max < 0)
        {
            var split = Add(default);
            Emit(repeat.Body);
            Add(new RegexInstruction(RegexOpcode.Jump, split));
            _program[split] = Branch(lazy, split + 1, _program.Count);
            return;
        }

        var optional = new List<int>();
        for (var i = repeat.Min; i < repeat.Max; i++)
        {
            optional.Add(Add(default));
            Emit(repeat.Body);
        }

        foreach (var split in optional) _program[split] = Branch(lazy, split + 1, _program.Count);
    }

    private static RegexInstruction Branch(bool lazy, int body, int exit) =>
        lazy ? new RegexInstruction(RegexOpcode.Split, exit, body) : new RegexInstruction(RegexOpcode.Split, body, exit);
}
