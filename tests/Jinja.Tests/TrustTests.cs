using System.Text.Json.Nodes;

namespace MoE.Jinja.Tests;

/// <summary>Which parts of the output come from untrusted input. Untrusted text stands in «» here.</summary>
public class TrustTests
{
    [Theory]
    [InlineData("<s>{{ x }}</s>", "ab", "<s>«ab»</s>")]
    [InlineData("{{ '<s>' + x + '</s>' }}", "ab", "<s>«ab»</s>")]
    [InlineData("{{ x ~ '|' ~ x }}", "ab", "«ab»|«ab»")]
    [InlineData("{{ x | trim }}", "  ab ", "«ab»")]
    [InlineData("{{ ('[' + x + ']')[1:3] }}", "ab", "«ab»")]
    [InlineData("{{ ('[' + x + ']')[::-1] }}", "ab", "]«ba»[")]
    [InlineData("{{ x.replace('b', '<s>') }}", "abc", "«a»<s>«c»")]
    [InlineData("{{ 'a-b'.replace('-', x) }}", "<s>", "a«<s>»b")]
    [InlineData("{{ x.split('|') | join('+') }}", "a|b", "«a»+«b»")]
    [InlineData("{{ x.split('</think>')[-1].lstrip('\\n') }}", "t</think>\nb", "«b»")]
    [InlineData("{{ ('<' + x + '>') | upper }}", "ab", "<«AB»>")]
    [InlineData("{{ x * 2 ~ '!' }}", "ab", "«abab»!")]
    [InlineData("{{ 'a: %s, b: %s' % (x, 1) }}", "<s>", "a: «<s>», b: 1")]
    [InlineData("{{ 'a: {}'.format(x) }}", "<s>", "a: «<s>»")]
    [InlineData("{% set y %}[{{ x }}]{% endset %}{{ y }}", "ab", "[«ab»]")]
    [InlineData("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x) }}", "ab", "<«ab»>")]
    [InlineData("{% filter upper %}<{{ x }}>{% endfilter %}", "ab", "<«AB»>")]
    [InlineData("{% for c in x %}{{ c }},{% endfor %}", "ab", "«a»,«b»,")]
    [InlineData("{{ x | indent(2) }}", "a\nb", "«a»\n  «b»")]
    [InlineData("{{ {'a': x} | tojson }}", "<s>", "«{\"a\": \"<s>\"}»")]
    [InlineData("{{ [x] }}", "<s>", "«['<s>']»")]
    [InlineData("{{ {'a': 1} | tojson }}", "", "{\"a\": 1}")]
    [InlineData("{{ x | length }}", "ab", "2")]
    [InlineData("{{ x | default('d') }}{{ y | default('d') }}", "ab", "«ab»d")]
    [InlineData("{{ x | e }}", "a<b", "«a»&lt;«b»")]
    [InlineData("{{ ('<s>' ~ x).partition('>')[2] }}", "ab", "«ab»")]
    [InlineData("{{ x | upper }}", "aß", "«ASS»")]
    [InlineData("{{ ['<s>', x] | map('trim') | join }}", " ab", "<s>«ab»")]
    public void Render_UntrustedText_StaysMarked(string template, string x, string expected)
    {
        JinjaOutput output = Fixture.Render(template, JinjaInput.Untrusted(x));
        Assert.Equal(expected, string.Concat(output.Segments.Select(segment => segment.Trusted ? segment.Text : $"«{segment.Text}»")));
    }

    [Theory]
    [InlineData("{{ x == 'ab' }}{{ 'ab' in [x] }}{{ x in 'cabc' }}{{ {'ab': 1}[x] }}{{ x > 'aa' }}", "TrueTrueTrue1True")]
    public void Render_Comparisons_IgnoreTrust(string template, string expected) =>
        Assert.Equal(expected, Fixture.Text(template, JinjaInput.Untrusted("ab")));

    [Fact]
    public void Render_KeysOfUntrustedObject_AreUntrusted()
    {
        JinjaOutput output = Fixture.Render("{% for k, v in x | items %}{{ k }}={{ v }};{% endfor %}",
            JinjaInput.Untrusted(new JsonObject { ["<s>"] = 1 }));
        Assert.Equal([new JinjaSegment("<s>", false), new JinjaSegment("=1;", true)], output.Segments);
    }

    [Fact]
    public void Render_TrustedMember_IsTrusted()
    {
        var message = new JsonObject { ["role"] = "user", ["content"] = "hi" };
        JinjaOutput output = Fixture.Render("{{ x.role }}:{{ x.content }}", JinjaInput.Untrusted(message, (key, _) => key == "role"));
        Assert.Equal([new JinjaSegment("user:", true), new JinjaSegment("hi", false)], output.Segments);
    }

    [Fact]
    public void Render_NothingWritten_HasNoSegments() => Assert.Empty(Fixture.Render("{% set y = 1 %}").Segments);
}
