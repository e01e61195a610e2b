namespace MoE.Jinja.Tests;

/// <summary>What a message says, and where it says the error is.</summary>
public class ErrorTests
{
    [Theory]
    [InlineData("a\n{{ x | nope }}", "no filter named 'nope' (template line 2)")]
    [InlineData("{{ x is nope }}", "no test named 'nope' (template line 1)")]
    [InlineData("{{ 'a'.nope() }}", "'str object' has no attribute 'nope' (template line 1)")]
    [InlineData("{% if 1 %}\n\n{{ x | nope }}{% endif %}", "no filter named 'nope' (template line 3)")]
    [InlineData("{{ y.z }}", "'y' is undefined (template line 1)")]
    [InlineData("{{ x.y.z }}", "'dict object' has no attribute 'y' (template line 1)")]
    [InlineData("{{ [].append(1) }}", "access to attribute 'append' of 'list' object is unsafe (template line 1)")]
    [InlineData("{{ {}.update({}) }}", "access to attribute 'update' of 'dict' object is unsafe (template line 1)")]
    [InlineData("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe (template line 1)")]
    [InlineData("{# a\n #}\n{%- raw %}\n{% endraw %}{{ 1 + 'a' }}", "unsupported operand type(s) for +: 'int' and 'str' (template line 4)")]
    [InlineData("{{ 'a\nb' }}{{ 1 + y }}", "'y' is undefined (template line 2)")]
    [InlineData("{{ 1 < 'a' }}", "'<' not supported between instances of 'int' and 'str' (template line 1)")]
    [InlineData("{{ 1 // 0 }}", "integer division or modulo by zero (template line 1)")]
    [InlineData("{% nope %}", "unknown tag 'nope' (template line 1)")]
    [InlineData("{% if 1 %}", "unexpected end of template, expected 'elif' or 'else' or 'endif' (template line 1)")]
    [InlineData("{{ 'a'.upper(1) }}", "upper() takes at most 1 arguments (2 given) (template line 1)")]
    [InlineData("{{ 'a' | replace(nope='b') }}", "replace() has no argument 'nope' (template line 1)")]
    [InlineData("{{ 'a' | replace('b') }}", "replace() misses argument 'new' (template line 1)")]
    [InlineData("{% break %}", "'break' outside of a loop (template line 1)")]
    [InlineData("{{ strftime_now('%Q') }}", "strftime_now does not know '%Q' (template line 1)")]
    [InlineData("{{ [1] | random }}", "random(): is refused: the same messages give the same prompt (template line 1)")]
    public void Render_Mistake_IsNamedWithItsLine(string template, string message) =>
        Assert.Equal(message, Assert.Throws<JinjaException>(() => Fixture.Text(template, new System.Text.Json.Nodes.JsonObject())).Message);

    [Fact]
    public void Render_RaiseException_IsToldApart()
    {
        JinjaException error = Assert.Throws<JinjaException>(() => Fixture.Text("{{ raise_exception('no ' ~ x) }}", "tools"));
        Assert.True(error.Raised);
        Assert.Equal("no tools", error.Reason);
        Assert.Equal(1, error.Line);
    }

    [Fact]
    public void Render_InputOfUnknownType_IsRefused() =>
        Assert.Contains("'x' is a Uri", Assert.Throws<ArgumentException>(() => Fixture.Text("", new Uri("http://a"))).Message);
}
