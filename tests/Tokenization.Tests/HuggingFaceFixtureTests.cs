using System.Text;

namespace MoE.Tokenization.Tests;

public sealed class HuggingFaceFixtureTests
{
    public static TheoryData<string> Names =>
        ["olmoe", "mixtral", "qwen2moe", "qwen3moe", "qwen3moe-mixed", "quarto-8m", "qwen3moe-256"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_EveryReferenceCase_EqualsHuggingFace(string name)
    {
        var fixture = new Fixture(name);
        var tokenizer = fixture.FromHuggingFace();
        foreach (var item in fixture.Cases)
        {
            Assert.Equal(item.Ids, tokenizer.Encode(item.Text));
            Assert.Equal(item.IdsWithoutSpecial, tokenizer.Encode(item.Text, addSpecial: false));
        }

        Assert.All(fixture.Prompts, prompt => Assert.Equal(prompt.Ids, tokenizer.Encode(prompt.Text)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decode_EveryReferenceCase_EqualsHuggingFace(string name)
    {
        var fixture = new Fixture(name);
        var tokenizer = fixture.FromHuggingFace();
        foreach (var item in fixture.Cases)
        {
            Assert.Equal(item.Decoded, tokenizer.Decode(item.Ids));
            Assert.Equal(item.DecodedWithoutSpecial, tokenizer.Decode(item.Ids, skipSpecial: true));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void StreamDecoder_GreedyIds_JoinToTheReferenceText(string name)
    {
        var fixture = new Fixture(name);
        var tokenizer = fixture.FromHuggingFace();
        foreach (var prompt in fixture.Prompts)
        {
            Assert.Equal(prompt.GreedyText, Stream(tokenizer, prompt.GreedyIds, skipSpecial: false));
            Assert.Equal(prompt.GreedyText, tokenizer.Decode(prompt.GreedyIds));
            Assert.Equal(tokenizer.Decode(prompt.GreedyIds, skipSpecial: true), Stream(tokenizer, prompt.GreedyIds, skipSpecial: true));
        }
    }

    private static string Stream(Tokenizer tokenizer, int[] ids, bool skipSpecial)
    {
        var decoder = tokenizer.CreateStreamDecoder(skipSpecial);
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            var piece = decoder.Add(id);
            Assert.Equal(piece, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece)));
            text.Append(piece);
        }

        return text.Append(decoder.Finish()).ToString();
    }
}
