namespace MoE.Model;

/// <summary>Several allocations that are released together.</summary>
internal sealed class OwnedMemories : IDisposable
{
    private readonly List<IDisposable> _memories = [];

    public bool IsEmpty => _memories.Count == 0;

    public void Add(IDisposable memory) => _memories.Add(memory);

    public void Dispose()
    {
        foreach (var memory in _memories)
            memory.Dispose();
        _memories.Clear();
    }
}
