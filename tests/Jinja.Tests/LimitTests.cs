namespace MoE.Jinja.Tests;

/// <summary>Templates that would not end, or not fit.</summary>
public class LimitTests
{
    [Theory]
    [InlineData("{{ 'x' * 10 ** 12 }}", "limit")]
    [InlineData("{{ 'x' * 10 ** 30 }}", "limit")]
    [InlineData("{{ [1] * 10 ** 9 }}", "limit")]
    [InlineData("{{ range(10 ** 9) }}", "limit")]
    [InlineData("{{ range(10 ** 40) }}", "limit")]
    [InlineData("{{ 2 ** (10 ** 9) }}", "limit")]
    [InlineData("{{ 10 ** 300 * 10 ** 300 }}", "limit")]
    [InlineData("{{ 'x'.center(10 ** 9) }}", "limit")]
    [InlineData("{{ '1'.zfill(10 ** 9) }}", "limit")]
    [InlineData("{{ '%1000000000d' % 1 }}", "limit")]
    [InlineData("{{ '%.1000000f' % 1.5 }}", "limit")]
    [InlineData("{{ '{:1000000000}'.format(1) }}", "limit")]
    [InlineData("{{ 'a\nb' | indent(10 ** 9) }}", "limit")]
    [InlineData("{{ [1] | batch(10 ** 9, 0) | list }}", "limit")]
    [InlineData("{{ [1] | slice(10 ** 9) | list }}", "limit")]
    [InlineData("{{ 1.5 | round(10 ** 9) }}", "-300 to 300")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "limit")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s.replace('x', 'xx') %}{% endfor %}", "limit")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "limit")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}", "limit")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}", "limit")]
    [InlineData("{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}", "limit")]
    [InlineData("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}", "too deeply")]
    [InlineData("{% set ns = namespace(s=[]) %}{% for i in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s | tojson }}", "too deeply")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "limit of 100")]
    [InlineData("{% macro f(x=f()) %}{% endmacro %}{{ f() }}", "limit of 100")]
    [InlineData("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "limit of 100")]
    [InlineData("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% for a in range(99999) if a < 0 %}{% endfor %}{% for a in range(99999) %}{{ range(99999) | list | length }}{% endfor %}", "steps")]
    [InlineData("{% set s = 'a' * 8000000 %}{% for a in range(99999) %}{% if 'b' in s %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% for a in range(99999) %}{{ 'y' * 1000 }}{% endfor %}", "limit")]
    [InlineData("{% set s = 'a' * 8000000 %}{% for a in range(99999) %}{% set d = {s: 1} %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'a' * 8000000 %}{% set d = {s: 1} %}{% for a in range(99999) %}{% if d[s] %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'a' * 8000000 %}{% set d = {(1, s): 1} %}{% for a in range(99999) %}{% if (1, s) in d %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'a' * 8000000 %}{{ ([s] * 99999) | sort }}", "steps")]
    [InlineData("{% set s = 'a' * 8000000 %}{{ ([{'k': s}] * 99999) | groupby('k') }}", "steps")]
    [InlineData("{% for a in range(99999) %}{% set s = 'a'.center(8000000) %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'a' * 4000000 %}{{ s.find('a' * 999999 ~ 'b' ~ 'a' * 999999) }}", "steps")]
    [InlineData("{% set s = 'a' * 4000000 %}{{ s.replace('a' * 999999 ~ 'b' ~ 'a' * 999999, '') }}", "steps")]
    [InlineData("{% set s = 'a' * 4000000 %}{% for a in range(99999) %}{{ ('b' * 4000000).strip(s ~ 'b') }}{% endfor %}", "steps")]
    [InlineData("{% set s = ['\n' * 4000000] %}{% for a in range(99999) %}{% set j = s | tojson %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(t=()) %}{% for i in range(99) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ {ns.t: 1} }}", "steps")]
    public void Render_GreedyTemplate_IsStopped(string template, string reason) =>
        Assert.Contains(reason, Assert.Throws<JinjaException>(() => Fixture.Text(template)).Message);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("{'a':", "}")]
    public void Parse_DeepExpression_IsRefused(string open, string close)
    {
        string source = "{{ " + Repeat(open, 5000) + "1" + Repeat(close, 5000) + " }}";
        Assert.Contains("limit of 100", Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(source)).Message);
    }

    [Fact]
    public void Parse_DeepTags_IsRefused() =>
        Assert.Contains("limit of 100", Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(Repeat("{% if 1 %}", 5000))).Message);

    [Theory]
    [InlineData("1", "+1")]
    [InlineData("x", ".a")]
    [InlineData("x", "|trim")]
    [InlineData("x", " and x")]
    public void Render_LongChain_EndsOrerrsWithoutHarm(string first, string more)
    {
        string source = "{{ " + first + Repeat(more, 100_000) + " }}";
        Exception? error = Record.Exception(() => Fixture.Text(source));
        Assert.True(error is null or JinjaException);
    }

    [Fact]
    public void Parse_LongSource_IsRefused()
    {
        var limits = new JinjaLimits { MaxSourceChars = 10 };
        Assert.Contains("11 characters", Assert.Throws<JinjaException>(() => JinjaTemplate.Parse("01234567890", limits)).Message);
    }

    [Fact]
    public void Render_LongOutput_IsRefused()
    {
        var limits = new JinjaLimits { MaxOutputChars = 10 };
        Assert.Equal("0123456789", Fixture.Render("{{ x }}", "0123456789", limits).Text);
        Assert.Throws<JinjaException>(() => Fixture.Render("{{ x }}!", "0123456789", limits));
    }

    [Fact]
    public void Render_MegabyteOfMessages_FitsTheLimits()
    {
        string content = new('y', 50);
        object[] many = Enumerable.Range(0, 20_000).Select(_ => (object)content).ToArray();
        var messages = new System.Text.Json.Nodes.JsonArray(many.Select(text => (System.Text.Json.Nodes.JsonNode)(string)text).ToArray());
        JinjaOutput output = Fixture.Render(
            "{% for m in x[::-1] %}{% set i = x|length - loop.index %}{{ '<s>' + m.strip() + '</s>' + '\n' }}{% endfor %}", JinjaInput.Untrusted(messages));
        Assert.Equal(20_000 * (50 + 8), output.Text.Length);
        Assert.Equal(40_001, output.Segments.Count);
    }

    [Theory]
    [InlineData("{{ x | list | length }}")]
    [InlineData("{{ x | reverse | length }}")]
    [InlineData("{% set ns = namespace(n=0) %}{% for c in x %}{% set ns.n = loop.index %}{% endfor %}{{ ns.n }}")]
    public void Render_MegabytesCharacterByCharacter_FitsTheLimits(string template) =>
        Assert.Equal("2000000", Fixture.Text(template, JinjaInput.Untrusted(new string('y', 2_000_000))));

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
