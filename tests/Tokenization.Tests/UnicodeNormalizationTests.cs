using System.Text;
using MoE.Tokenization.Normalizers;

namespace MoE.Tokenization.Tests;

public sealed class UnicodeNormalizationTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("\uFB01", "\uFB01", "\uFB01", "fi", "fi")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7", "\u1100\u1161\u11A7", "\uAC00\u11A7", "\u1100\u1161\u11A7")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U0002F800", "\u4E3D", "\u4E3D", "\u4E3D", "\u4E3D")]
    public void Normalize_AnnexFifteen_FourForms(string text, string nfc, string nfd, string nfkc, string nfkd)
    {
        Assert.Equal(nfc, UnicodeNormalization.Normalize(text, NormalizationForm.FormC));
        Assert.Equal(nfd, UnicodeNormalization.Normalize(text, NormalizationForm.FormD));
        Assert.Equal(nfkc, UnicodeNormalization.Normalize(text, NormalizationForm.FormKC));
        Assert.Equal(nfkd, UnicodeNormalization.Normalize(text, NormalizationForm.FormKD));
    }

    [Fact]
    public void Normalize_AMillionMarksInTheWrongOrder_AreOrdered()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 500_000));
        var normalized = UnicodeNormalization.Normalize(text, NormalizationForm.FormC);
        Assert.StartsWith("\u1EA1\u0323", normalized, StringComparison.Ordinal);
        Assert.EndsWith("\u0301", normalized, StringComparison.Ordinal);
        Assert.Equal(1_000_000, normalized.Length);
    }
}
