namespace MoE.Jinja;

/// <summary>What one template may cost. A template comes with a model's files and its inputs from a client, so neither is trusted.</summary>
public sealed record JinjaLimits
{
    public static JinjaLimits Default { get; } = new();

    /// <summary>UTF-16 units of a template's source.</summary>
    public int MaxSourceChars { get; init; } = 1 << 20;

    /// <summary>Nested tags, parentheses and operators in a template's source.</summary>
    public int MaxNesting { get; init; } = 100;

    /// <summary>Macro and recursive-loop calls inside one another.</summary>
    public int MaxCallDepth { get; init; } = 100;

    /// <summary>Work of one rendering: an evaluated node is one step, and so are eight characters or one item that a node copies or compares.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>Characters of one string, items of one list.</summary>
    public int MaxValueSize { get; init; } = 8 << 20;

    /// <summary>UTF-16 units of the rendered text.</summary>
    public int MaxOutputChars { get; init; } = 8 << 20;

    /// <summary>Bits of one integer.</summary>
    public int MaxIntegerBits { get; init; } = 1024;
}
