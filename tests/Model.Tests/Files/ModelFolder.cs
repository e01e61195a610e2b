namespace MoE.Model.Tests;

/// <summary>A directory for a test's files; goes when it is disposed.</summary>
internal sealed class ModelFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("moe-model-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>The one line that refuses a model.</summary>
    public static string Refusal(string path)
    {
        var message = Assert.Throws<ModelFormatException>(() => ModelSource.Open(path).Dispose()).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
