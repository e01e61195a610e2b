namespace MoE.Cluster.Specs;

/// <summary>Model files of the repository.</summary>
internal static class Fixture
{
    public static string Root { get; } = FindRoot();

    public static string Model(string relative) => Path.Combine(Root, "tests", "fixtures", relative);

    public static string Bundled => Path.Combine(Root, "models", "quarto-8m-q8_0.gguf");

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
