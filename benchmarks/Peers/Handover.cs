using System.Diagnostics;

namespace MoE.Benchmarks.Peers;

/// <summary>
/// How long a value takes from one processor to another. Processors that share a last-level cache take some 20 to 60 ns, others
/// 100 to 250: a virtual machine may have its processors moved from one to the other, and with it what they share of the memory's bandwidth.
/// </summary>
internal static class Handover
{
    private const int Rounds = 20_000;
    private const int Games = 10;

    /// <returns>Nanoseconds for one way, of the best game: in others the system may have both threads on one processor.</returns>
    public static double Measure() => Enumerable.Range(0, Games).Min(_ => Game());

    private static double Game()
    {
        var turn = 0;
        var other = new Thread(() => Play(ref turn, first: 1)) { IsBackground = true };
        other.Start();
        var clock = Stopwatch.StartNew();
        Play(ref turn, first: 0);
        other.Join();
        return clock.Elapsed.TotalNanoseconds / (2 * Rounds);
    }

    private static void Play(ref int turn, int first)
    {
        for (var round = 0; round < Rounds; round++)
        {
            while (Volatile.Read(ref turn) != 2 * round + first)
            {
            }

            Volatile.Write(ref turn, 2 * round + first + 1);
        }
    }
}
