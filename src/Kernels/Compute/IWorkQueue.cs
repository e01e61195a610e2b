namespace MoE.Kernels;

/// <summary>Where actors leave work that is too long for them. The seam between what is decided and when it is computed.</summary>
public interface IWorkQueue
{
    /// <summary>Queues work for another time or thread. The work handles its own exceptions: one that escapes ends the process.</summary>
    /// <returns>False when the queue is full or closed; the work will not run then.</returns>
    bool TrySubmit(IThreadPoolWorkItem work);
}

/// <summary>Work as a lambda.</summary>
public static class WorkQueueExtensions
{
    /// <inheritdoc cref="IWorkQueue.TrySubmit"/>
    public static bool TrySubmit(this IWorkQueue queue, Action work)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(work);
        return queue.TrySubmit(new ActionItem(work));
    }

    private sealed class ActionItem(Action work) : IThreadPoolWorkItem
    {
        public void Execute() => work();
    }
}
