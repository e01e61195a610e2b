namespace MoE.Host.Tests;

/// <summary>Model directories of the repository, and copies to spoil.</summary>
internal static class Fixture
{
    public static string Root { get; } = FindRoot();

    public static string Directory(string name) => Path.Combine(Root, "tests", "fixtures", name);

    /// <summary>A copy of some of a fixture's files in a directory of its own.</summary>
    public static TemporaryDirectory Copy(string name, params string[] files)
    {
        var copy = new TemporaryDirectory();
        foreach (var file in files)
            File.Copy(Path.Combine(Directory(name), file), Path.Combine(copy.Path, file));
        return copy;
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "MoE.sln")))
                return directory.FullName;
        }

        throw new InvalidOperationException($"no MoE.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>A directory that goes when it is disposed.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = System.IO.Directory.CreateTempSubdirectory("moe-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => System.IO.Directory.Delete(Path, recursive: true);
}
