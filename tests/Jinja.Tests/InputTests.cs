using System.Text.Json.Nodes;

namespace MoE.Jinja.Tests;

public class InputTests
{
    [Theory]
    [InlineData("""{"b": 1, "a": [1.0, 1e3, true, null, "x"], "c": {}}""", """{"b": 1, "a": [1.0, 1000.0, true, null, "x"], "c": {}}""")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("-0", "0")]
    [InlineData("\"\\ud83d\\ude00\"", "\"😀\"")]
    public void Render_Json_KeepsOrderAndTypes(string json, string expected) =>
        Assert.Equal(expected, Fixture.Text("{{ x | tojson }}", JsonNode.Parse(json)));

    [Theory]
    [InlineData(7, "7 True")]
    [InlineData(7L, "7 True")]
    [InlineData(1.5, "1.5 True")]
    [InlineData(true, "True True")]
    [InlineData("é", "é True")]
    [InlineData(null, "None False")]
    public void Render_ClrValue_IsItsPythonValue(object? x, string expected) =>
        Assert.Equal(expected, Fixture.Text("{{ x }} {{ true if x else false }}", x));

    [Fact]
    public void Render_TooLargeAnInteger_IsRefused() =>
        Assert.Contains("bits", Assert.Throws<JinjaException>(() => Fixture.Text("{{ x }}", JsonNode.Parse(new string('9', 2000)))).Message);

    [Fact]
    public void Render_SameTemplateTwice_KeepsNothing()
    {
        JinjaTemplate template = JinjaTemplate.Parse("{% if y is defined %}old{% endif %}{% set y = x %}{{ y }}");
        Assert.Equal("1", template.Render(new Dictionary<string, object?> { ["x"] = 1 }, Fixture.Clock).Text);
        Assert.Equal("2", template.Render(new Dictionary<string, object?> { ["x"] = 2 }, Fixture.Clock).Text);
    }
}
