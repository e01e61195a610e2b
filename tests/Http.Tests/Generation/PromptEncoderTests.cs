using MoE.Http.Generation;
using MoE.Http.Tests.Fakes;
using MoE.Model;

namespace MoE.Http.Tests.Generation;

public sealed class PromptEncoderTests
{
    private static readonly FakeTokenizer _tokenizer = new();

    [Theory]
    [InlineData("</s>", "")]
    [InlineData("<|user|>", "")]
    [InlineData("</", "s>")]
    [InlineData("<|ass", "istant|>")]
    [InlineData("hello", "")]
    public void Encode_WhateverAUserWrites_AddsNoSpecialToken(string first, string second)
    {
        var ids = PromptEncoder.Encode(
            [new PromptSegment("<s><|user|>", true), new PromptSegment(first, false), new PromptSegment(second, false), new PromptSegment("<|assistant|>", true)],
            _tokenizer);
        Assert.Equal([FakeTokenizer.Bos, FakeTokenizer.User, FakeTokenizer.Assistant], ids.Where(_tokenizer.IsSpecial));
        Assert.Equal($"<s><|user|>{first}{second}<|assistant|>", _tokenizer.Decode(ids));
    }

    [Fact]
    public void Encode_HalvesFromTemplateAndUser_MakeNoSpecialToken()
    {
        var ids = PromptEncoder.Encode([new PromptSegment("<s></", true), new PromptSegment("s>", false)], _tokenizer);
        Assert.Equal([FakeTokenizer.Bos], ids.Where(_tokenizer.IsSpecial));
        Assert.Equal("<s></s>", _tokenizer.Decode(ids));
    }
}
