using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>Ranges of a model's file, for peers.</summary>
public sealed class ModelExpertStoreTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".gguf");
    private readonly ModelSource _source;
    private readonly ModelExpertStore _store;

    public ModelExpertStoreTests()
    {
        new SyntheticModel(ModelShape.Known.Single(shape => shape.Name == "tiny"), WeightType.Q8_0).Write(_path);
        _source = ModelSource.Open(_path);
        _store = new ModelExpertStore(_source);
    }

    [Fact]
    public void TryRead_InsideAnExpert_GivesItsBytes()
    {
        var stored = _source.Stored(1, 3)!;
        var expected = new byte[1000];
        stored.Read(stored.Bytes - 1000, expected);
        var bytes = new byte[1000];
        Assert.True(_store.TryRead(new ExpertId(1, 3), stored.Bytes - 1000, bytes));
        Assert.Equal(expected, bytes);
        Assert.False(_store.TryRead(new ExpertId(1, 3), stored.Bytes - 999, bytes));
        Assert.False(_store.TryRead(new ExpertId(1, 3), -1, bytes));
        Assert.False(_store.TryRead(new ExpertId(1, 8), 0, bytes));
        Assert.False(_store.TryRead(new ExpertId(2, 0), 0, bytes));
    }

    [Fact]
    public void TryRead_FileWrittenTo_CannotBeRead()
    {
        File.SetLastWriteTimeUtc(_path, File.GetLastWriteTimeUtc(_path).AddSeconds(1));
        Assert.Contains(_path, Assert.Throws<IOException>(() => _store.TryRead(new ExpertId(1, 3), 0, new byte[1])).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _source.Dispose();
        File.Delete(_path);
    }
}
