using CsCheck;
using MoE.Tokenization.PreTokenizers;
using MoE.Tokenization.Regex;
using DotNetRegex = System.Text.RegularExpressions.Regex;

namespace MoE.Tokenization.Tests;

public sealed class CodePointRegexTests
{
    private const string O200K =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static TheoryData<string> Patterns =>
    [
        KnownPatterns.Gpt2, KnownPatterns.Qwen2, KnownPatterns.Llama3, O200K,
        @"(?:ab|a)+?b|(?>a+)c|[^a-c]{2,}", @"(a|bc)*?[ \n]|\w+(?=\s)|^\d$", @"a{2}b?|\b'|(?!x)\S{1,2}?s", @"(?=(\d{3})+(?!\d))",
    ];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Matches_TextsOfTheBasicPlane_EqualDotNet(string pattern)
    {
        var regex = CodePointRegex.Parse(pattern);
        var reference = new DotNetRegex(pattern, System.Text.RegularExpressions.RegexOptions.Multiline);
        Gen.Char["aabbcsStTrReEvldx'  \n\r\t12345.,/!éÉ中ʰ"].Array[0, 40].Sample(
            chars =>
            {
                var text = new string(chars);
                var expected = reference.Matches(text).Select(match => (match.Index, match.Index + match.Length));

                // .NET reports an empty match where the last one ended; Oniguruma's iteration, and ours, does not.
                var ends = new HashSet<int>();
                Assert.Equal(expected.Where(match => match.Item2 > match.Index ? ends.Add(match.Item2) : !ends.Contains(match.Index)), regex.Matches(text.AsMemory()));
            },
            iter: 2000,
            seed: "0N0XIzNsQ0O2");
    }

    [Fact]
    public void Matches_LettersBeyondTheBasicPlane_AreLetters()
    {
        const string text = "𝒜𝒷c 𐐀𝟘𝟙🙂";
        var pieces = CodePointRegex.Parse(KnownPatterns.Gpt2).Matches(text.AsMemory()).Select(match => text[match.Start..match.End]);
        Assert.Equal(["𝒜𝒷c", " 𐐀", "𝟘𝟙", "🙂"], pieces);
    }

    [Theory]
    [InlineData("(?i:'s)", "'ſ'S's", 3)]
    [InlineData("(?i:[k])", "kK\u212A", 3)]
    [InlineData(@"\p{L}++\p{L}", "abc", 0)]
    [InlineData(@"\p{L}+\p{L}", "abc", 1)]
    [InlineData(@"[\x{1F600}-\x{1F64F}]", "🙂x😀", 2)]
    [InlineData(@"[^\P{Lu}A]", "ABC", 2)]
    [InlineData(@"[a[0-2]-]", "a-13", 3)]
    public void Matches_OnigurumaSyntax_IsUnderstood(string pattern, string text, int count) =>
        Assert.Equal(count, CodePointRegex.Parse(pattern).Matches(text.AsMemory()).Count());

    [Theory]
    [InlineData("(?<=a)b", "group")]
    [InlineData(@"\p{Han}", "Han")]
    [InlineData("(a", "unmatched")]
    [InlineData("a)", "unmatched")]
    [InlineData("[a", "ends early")]
    [InlineData("[b-a]", "empty range")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("(a*)*", "match nothing")]
    [InlineData("a{2000}", "1000")]
    [InlineData("((a{1000}){1000}){1000}", "instructions")]
    [InlineData("[[:alpha:]]", "POSIX")]
    [InlineData(@"\1", "escape")]
    public void Parse_WhatIsNotSupported_IsNamed(string pattern, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => CodePointRegex.Parse(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_DeepGroups_AreRefused() =>
        Assert.Throws<FormatException>(() => CodePointRegex.Parse(new string('(', 30_000) + new string(')', 30_000)));

    [Fact]
    public void Matches_PatternThatBacktracksForEver_EndsWithAnError()
    {
        var regex = CodePointRegex.Parse("(?:a|a)+b");
        Assert.Contains("steps", Assert.Throws<TokenizerFormatException>(() => regex.Matches(new string('a', 60).AsMemory()).ToList()).Message, StringComparison.Ordinal);
    }
}
