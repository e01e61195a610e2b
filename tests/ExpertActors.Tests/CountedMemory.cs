namespace MoE.ExpertActors.Tests;

/// <summary>Memory that counts how often it is given back.</summary>
internal sealed class CountedMemory(IDisposable memory) : IDisposable
{
    private int _disposals;

    public int Disposals => Volatile.Read(ref _disposals);

    public void Dispose()
    {
        Interlocked.Increment(ref _disposals);
        memory.Dispose();
    }
}
