using System.Runtime.CompilerServices;

namespace MoE.Jinja;

/// <summary>The account of one rendering: what it has cost, where it is, what time it is.</summary>
internal sealed class Runtime(JinjaLimits limits, TimeProvider time)
{
    /// <summary>Characters that cost a step.</summary>
    private const int CharsPerStep = 8;

    private readonly long _maxChars = limits.MaxSteps * CharsPerStep;

    // In characters, so that many short texts cost as much as a long one.
    private long _chars;
    private int _callDepth;

    public JinjaLimits Limits => limits;

    public TimeProvider Time => time;

    /// <summary>Line of the node being evaluated.</summary>
    public int Line { get; set; } = 1;

    /// <summary>Counts a node. The stack is looked at here because every recursion of the interpreter passes a node or a nested value.</summary>
    public void Step(int line)
    {
        Line = line;
        Charge(1);
        EnsureStack();
    }

    public void Charge(long steps) => ChargeChars(steps * CharsPerStep);

    public void ChargeChars(long chars)
    {
        if ((_chars += chars) > _maxChars)
            throw Error($"the template takes more than the limit of {limits.MaxSteps} steps");
    }

    /// <summary>A search may compare what it looks for at every place; a comparison takes 256 characters in the time of one.</summary>
    public void ChargeSearch(int chars, int sought) => ChargeChars((long)chars * sought >> 8);

    public void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Error("expressions or values are nested too deeply");
    }

    public void CheckSize(long size)
    {
        if (size > limits.MaxValueSize)
            throw Error($"a value of size {size} is over the limit of {limits.MaxValueSize}");
    }

    public void EnterCall()
    {
        if (++_callDepth > limits.MaxCallDepth)
            throw Error($"calls are nested deeper than the limit of {limits.MaxCallDepth}");
    }

    public void LeaveCall() => _callDepth--;

    public JinjaException Error(string reason) => new(reason, Line);
}
