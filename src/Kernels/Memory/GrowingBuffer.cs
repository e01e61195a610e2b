namespace MoE.Kernels;

/// <summary>Buffers that are used again and only grow.</summary>
public static class GrowingBuffer
{
    /// <returns>The first <paramref name="length"/> floats of the buffer, larger if need be; their contents are undefined.</returns>
    public static Memory<float> Take(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = GC.AllocateUninitializedArray<float>(length);
        return buffer.AsMemory(0, length);
    }
}
