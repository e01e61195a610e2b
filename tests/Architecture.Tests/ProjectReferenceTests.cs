using System.Xml.Linq;

namespace MoE.Architecture.Tests;

/// <summary>The arrows between the rooms, as ARCHITECTURE.md draws them. A new edge is a decision, made here.</summary>
public class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Kernels"] = [],
        ["Protocol"] = [],
        ["Jinja"] = [],
        ["Tokenization"] = [],
        ["Lane"] = ["Kernels", "Protocol"],
        ["Gating"] = ["Kernels", "Protocol"],
        ["Model"] = ["Gating", "Jinja", "Kernels", "Tokenization"],
        ["ExpertActors"] = ["Kernels", "Lane", "Model", "Protocol"],
        ["Router"] = ["Gating", "Kernels", "Lane", "Model", "Protocol"],
        ["Engine"] = ["Model"],
        ["Http"] = ["Engine"],
        ["Host"] = ["Engine", "ExpertActors", "Http", "Router"],
    };

    public static TheoryData<string> Rooms() => new(s_allowed.Keys);

    [Fact]
    public void Source_EveryFolder_IsARoomWithRules()
    {
        var folders = Directory.GetDirectories(Path.Combine(Root(), "src")).Select(Path.GetFileName);
        Assert.Equal(s_allowed.Keys.Order(), folders.Order());
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void ProjectFile_References_AreAllowed(string room)
    {
        var file = Path.Combine(Root(), "src", room, $"MoE.{room}.csproj");
        var references = XDocument.Load(file)
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))["MoE.".Length..])
            .ToList();
        Assert.Empty(references.Except(s_allowed[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void ProjectFile_UnsafeCode_IsInTheKernelsOnly(string room)
    {
        var file = Path.Combine(Root(), "src", room, $"MoE.{room}.csproj");
        var allows = XDocument.Load(file).Descendants("AllowUnsafeBlocks").Any(element => element.Value == "true");
        Assert.Equal(room == "Kernels", allows);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MoE.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("MoE.sln is in no parent folder");
        return folder;
    }
}
