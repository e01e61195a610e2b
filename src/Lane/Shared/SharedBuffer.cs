using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane;

/// <summary>
/// Memory that both ends of a lane see: a dispatch's rows, then the answer's. It is unmapped when neither its lane nor any
/// <see cref="View"/> of it is left. Thread-safe.
/// </summary>
/// <param name="memory">Taken over.</param>
/// <param name="number">Its name on the lane.</param>
internal sealed class SharedBuffer(SharedFloats memory, int number) : IMemoryLender
{
    private int _users = 1;

    public int Number => number;

    /// <summary>Floats.</summary>
    public int Length => memory.Length;

    /// <summary>A part of it, which keeps it mapped. Only while the lane's use has not ended.</summary>
    /// <param name="first">Where it begins.</param>
    /// <param name="length">Floats.</param>
    /// <param name="lender">Told of the view's end, and then tells this; null tells this at once.</param>
    public Pooled<float> View(int first, int length, IMemoryLender? lender = null)
    {
        Interlocked.Increment(ref _users);
        return new Pooled<float>(memory.Memory.Slice(first, length), lender ?? this);
    }

    /// <summary>A view's end, or the lane's.</summary>
    public void Return()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            ((IDisposable)memory).Dispose();
    }
}
