namespace MoE.Faults;

/// <summary>What must hold beside the tokens.</summary>
internal static class Contract
{
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static void Holds(bool condition, string what)
    {
        if (!condition)
            throw new InvalidOperationException($"broken: {what}");
    }
}
