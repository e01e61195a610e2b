namespace MoE.Faults;

/// <summary>Waits for something to become true.</summary>
internal static class Until
{
    /// <exception cref="TimeoutException">It did not, with patience.</exception>
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(FaultCluster.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"waited {FaultCluster.Patience} in vain: {what}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
