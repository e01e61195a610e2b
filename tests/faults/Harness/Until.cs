namespace MoE.Faults;

/// <summary>Waits for something to become true.</summary>
internal static class Until
{
    /// <summary>Looking costs a request.</summary>
    private static readonly TimeSpan s_ask = TimeSpan.FromMilliseconds(50);

    /// <summary>Looking costs nothing.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    /// <exception cref="TimeoutException">It did not, with patience.</exception>
    public static Task TrueAsync(Func<bool> condition, string what) =>
        TrueAsync(() => Task.FromResult(condition()), () => Task.FromResult(what), s_look);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string)"/>
    public static Task TrueAsync(Func<Task<bool>> condition, Func<Task<string>> describe) => TrueAsync(condition, describe, s_ask);

    private static async Task TrueAsync(Func<Task<bool>> condition, Func<Task<string>> describe, TimeSpan pause)
    {
        using var patience = new CancellationTokenSource(FaultCluster.Patience);
        using var timer = new PeriodicTimer(pause);
        while (!await condition())
        {
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"waited {FaultCluster.Patience} in vain: {await describe()}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
