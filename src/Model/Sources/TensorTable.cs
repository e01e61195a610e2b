using System.Diagnostics.CodeAnalysis;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>Tensors by name, in file order. Owns the memories that they lie in. Read-only, so thread-safe, once it is filled.</summary>
internal sealed class TensorTable : IDisposable
{
    private readonly Dictionary<string, StoredTensor> _byName = new(StringComparer.Ordinal);
    private readonly List<TensorInfo> _infos = [];
    private readonly List<WeightMemory> _memories = [];

    /// <summary>Every tensor, in file order.</summary>
    public IReadOnlyList<TensorInfo> Infos => _infos;

    /// <summary>Takes over <paramref name="memory"/>: it is disposed with the table.</summary>
    public void Own(WeightMemory memory) => _memories.Add(memory);

    /// <exception cref="ModelFormatException">The name is taken.</exception>
    public void Add(StoredTensor tensor)
    {
        if (!_byName.TryAdd(tensor.Info.Name, tensor))
        {
            throw new ModelFormatException(
                $"{tensor.Info.File}: tensor '{Names.Printable(tensor.Info.Name)}' is declared twice; {_byName[tensor.Info.Name].Info.File} has it already");
        }

        _infos.Add(tensor.Info);
    }

    public bool Contains(string name) => _byName.ContainsKey(name);

    public bool TryGet(string name, [NotNullWhen(true)] out StoredTensor? tensor) => _byName.TryGetValue(name, out tensor);

    public void Dispose()
    {
        foreach (var memory in _memories)
            memory.Dispose();
        _memories.Clear();
    }
}
