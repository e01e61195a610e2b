namespace MoE.Host;

/// <summary>Starts another membership whenever one has ended that nobody asked to.</summary>
internal static class MembershipLoop
{
    /// <param name="pause">Between an end and the next start.</param>
    /// <param name="ended">Ends with the membership of now.</param>
    /// <param name="lost">What the process does as soon as one has ended.</param>
    /// <param name="enter">Starts another. Where it throws, it is tried again after the pause.</param>
    /// <param name="time">The process's clock.</param>
    /// <param name="cancellation">Ends the loop.</param>
    public static async Task RunAsync(
        TimeSpan pause, Func<Task> ended, Action lost, Func<Task> enter, TimeProvider time, CancellationToken cancellation)
    {
        while (await EndedAsync(ended(), cancellation).ConfigureAwait(false))
        {
            lost();
            while (true)
            {
                try
                {
                    await Task.Delay(pause, time, cancellation).ConfigureAwait(false);
                    await enter().ConfigureAwait(false);
                    break;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (Exception exception)
                {
                    // A port that is still taken, a file that is being replaced: the next attempt may find it otherwise, and a
                    // node that gives up has to be started by hand.
                    await Console.Error.WriteLineAsync($"moe: joining again failed: {exception.Message}").ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task<bool> EndedAsync(Task membership, CancellationToken cancellation)
    {
        try
        {
            await membership.WaitAsync(cancellation).ConfigureAwait(false);
            return !cancellation.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
