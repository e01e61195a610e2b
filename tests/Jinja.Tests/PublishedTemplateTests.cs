using System.Text.Json.Nodes;

namespace MoE.Jinja.Tests;

/// <summary>Whole templates as models publish them.</summary>
public class PublishedTemplateTests
{
    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "fixtures", "templates")))
        {
            string name = Path.GetFileName(path);
            int count = Fixture.Read(Path.Combine("templates", name))["cases"]!.AsArray().Count;
            for (int i = 0; i < count; i++)
                cases.Add(name, i);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Render_PublishedTemplate_GivesWhatTransformersGives(string file, int index)
    {
        JsonObject fixture = Fixture.Read(Path.Combine("templates", file));
        JsonNode one = fixture["cases"]![index]!;
        JinjaTemplate template = JinjaTemplate.Parse((string)fixture["template"]!);
        if ((string?)one["error"] is not { } message)
        {
            Assert.Equal((string?)one["text"], template.Render(Fixture.Inputs(one["inputs"]!), Fixture.Clock).Text);
            return;
        }

        JinjaException error = Assert.Throws<JinjaException>(() => template.Render(Fixture.Inputs(one["inputs"]!), Fixture.Clock));
        Assert.True(error.Raised);
        Assert.Equal(message, error.Reason);
    }
}
