namespace MoE.Engine;

/// <summary>The best of a row of logits.</summary>
internal static class LargestLogits
{
    /// <summary>The <paramref name="count"/> largest, worst first, the higher id before the lower on a tie: by a heap whose root is the worst kept.</summary>
    /// <param name="logits">A row.</param>
    /// <param name="count">1 to the row's length.</param>
    public static int[] WorstFirst(ReadOnlySpan<float> logits, int count)
    {
        var heap = new PriorityQueue<int, (float Logit, int MinusId)>(count);
        for (var id = 0; id < logits.Length; id++)
        {
            if (heap.Count < count)
                heap.Enqueue(id, (logits[id], -id));
            else if (logits[id] > logits[heap.Peek()])
                heap.EnqueueDequeue(id, (logits[id], -id));
        }

        var ids = new int[count];
        for (var i = 0; i < count; i++)
            ids[i] = heap.Dequeue();
        return ids;
    }
}
