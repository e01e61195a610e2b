namespace MoE.Model.Tests;

/// <summary>
/// Models as they lie on disk: behind symbolic links (Hugging Face's cache keeps the files in <c>blobs</c> and links to them from
/// <c>snapshots</c>), and files that change under the mapping.
/// </summary>
public sealed class ModelFilesTests : IDisposable
{
    private readonly ModelFolder _folder = new();

    [Fact]
    public void Open_DirectoryOfLinks_IsServed()
    {
        using var blobs = new ModelFolder();
        TinySafetensors.Create().WriteTo(blobs);
        foreach (var name in new[] { "config.json", "model.safetensors" })
            File.CreateSymbolicLink(_folder.File(name), blobs.File(name));
        using var source = ModelSource.Open(_folder.Path);
        using var stored = ModelSource.Open(blobs.Path);
        Assert.Equal(stored.Hash, source.Hash);
    }

    [Fact]
    public void Open_LinkToALink_IsServed()
    {
        var file = _folder.Write("model", TinyGguf.Create().ToArray());
        File.CreateSymbolicLink(_folder.File("link"), file);
        File.CreateSymbolicLink(_folder.File("model.gguf"), "link");
        using var source = ModelSource.Open(_folder.File("model.gguf"));
        Assert.Equal(2, source.Config.NumHiddenLayers);
    }

    [Fact]
    public void Open_LinkToATooLongFile_SaysHowLongItIs()
    {
        using var blobs = new ModelFolder();
        using (var blob = File.Create(blobs.File("long")))
            blob.SetLength((64L << 20) + 1);
        File.CreateSymbolicLink(_folder.File("config.json"), blobs.File("long"));
        Assert.Contains("config.json: the file has 67108865 bytes; at most 67108864", ModelFolder.Refusal(_folder.Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("written")]
    [InlineData("longer")]
    [InlineData("shorter")]
    public void Expert_FileChangedAfterItWasOpened_IsRefused(string how)
    {
        var path = _folder.Write("model.gguf", TinyGguf.Create().ToArray());
        using var source = ModelSource.Open(path);
        source.Expert(0, 0).Dispose();
        var written = File.GetLastWriteTimeUtc(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(file.Length + (how == "longer" ? 1 : how == "shorter" ? -8192 : 0));
        File.SetLastWriteTimeUtc(path, how == "written" ? written.AddSeconds(1) : written);
        Assert.Contains(
            $"{path}: the file was written to after it was opened", Assert.Throws<ModelFormatException>(() => source.Expert(0, 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => source.Matrix(TensorRole.TokenEmbedding));
        Assert.Throws<ModelFormatException>(() => source.Vector(TensorRole.FinalNorm));
    }

    /// <summary>As downloads do: beside, then renamed.</summary>
    [Fact]
    public void Expert_FileReplacedAfterItWasOpened_IsTheOpenedOnes()
    {
        var file = TinyGguf.Create();
        var path = _folder.Write("model.gguf", file.ToArray());
        using var source = ModelSource.Open(path);
        var before = source.Stored(0, 0)!.Digest();
        foreach (var tensor in file.Tensors)
            Array.Fill(tensor.Values, 1f);
        File.Move(_folder.Write("part", file.ToArray()), path, overwrite: true);
        Assert.Equal(before, source.Stored(0, 0)!.Digest());
    }

    [Fact]
    public void Open_LinkToNothing_NamesIt()
    {
        File.CreateSymbolicLink(_folder.File("model.gguf"), _folder.File("gone"));
        Assert.Contains("model.gguf", ModelFolder.Refusal(_folder.File("model.gguf")), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
