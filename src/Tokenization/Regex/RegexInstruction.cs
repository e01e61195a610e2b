namespace MoE.Tokenization.Regex;

internal enum RegexOpcode
{
    /// <summary>Takes one code point of the set.</summary>
    Set,

    /// <summary>Takes A to B code points of the set (B -1: no bound), as many as it can, giving back on failure.</summary>
    Loop,

    /// <summary>Like <see cref="Loop"/>, but gives nothing back.</summary>
    PossessiveLoop,

    /// <summary>Goes on at A; on failure at B.</summary>
    Split,

    /// <summary>Goes on at A.</summary>
    Jump,

    /// <summary>The program up to A must match here, and takes nothing.</summary>
    Ahead,

    /// <summary>The program up to A must not match here.</summary>
    NotAhead,

    /// <summary>The program up to A matches once, in its first way.</summary>
    Atomic,

    /// <summary>Tests the <see cref="AnchorKind"/> A.</summary>
    Anchor,

    Accept,
}

internal readonly record struct RegexInstruction(RegexOpcode Opcode, int A = 0, int B = 0, CodePointSet? Set = null);
