using System.Text.Json.Nodes;

namespace MoE.Jinja.Tests;

/// <summary>Every construct alone, against what Jinja2 itself renders.</summary>
public class SemanticsTests
{
    private static readonly JsonObject _fixture = Fixture.Read("semantics.json");

    public static TheoryData<string, string?> Cases()
    {
        var cases = new TheoryData<string, string?>();
        foreach (JsonNode? entry in _fixture["cases"]!.AsArray())
            cases.Add((string)entry!["template"]!, (string?)entry["text"]);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Render_AnyConstruct_GivesWhatJinjaGives(string template, string? text)
    {
        Dictionary<string, object?> inputs = Fixture.Inputs(_fixture["inputs"]!);
        if (text is null)
        {
            JinjaException error = Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template).Render(inputs, Fixture.Clock));
            Assert.DoesNotContain('\n', error.Message.TrimEnd());
            return;
        }

        JinjaOutput output = JinjaTemplate.Parse(template).Render(inputs, Fixture.Clock);
        Assert.Equal(text, output.Text);
        Assert.Equal(text, string.Concat(output.Segments.Select(segment => segment.Text)));
    }
}
