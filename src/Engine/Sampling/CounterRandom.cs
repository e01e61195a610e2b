namespace MoE.Engine;

/// <summary>
/// Numbers by (seed, index): the n-th token's draw does not depend on batches, preemption or what other sequences draw.
/// SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA 2014) over a Weyl sequence.
/// </summary>
internal static class CounterRandom
{
    private const ulong Weyl = 0x9E3779B97F4A7C15;

    /// <returns>A number in [0, 1) with 53 random bits.</returns>
    public static double Next(long seed, int index) =>
        (Mix(Mix(unchecked((ulong)seed + Weyl)) + unchecked((ulong)(index + 1) * Weyl)) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
