namespace MoE.Tokenization.Tests;

public sealed class GgufFixtureTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "olmoe", "olmoe-f16.gguf" },
        { "mixtral", "mixtral-f32.gguf" },
        { "qwen2moe", "qwen2moe-bf16.gguf" },
        { "qwen3moe", "qwen3moe-q8_0.gguf" },
        { "qwen3moe-256", "qwen3moe-256-q6_k.gguf" },
        { "quarto-8m", "quarto-8m-q8_0.gguf" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Encode_EveryReferenceCase_EqualsHuggingFaceButWhereLlamaCppDiffers(string name, string file)
    {
        var fixture = new Fixture(name);
        var tokenizer = fixture.FromGguf(file);
        var differ = fixture.DifferInGguf(file);
        foreach (var item in fixture.Cases.Where(item => !differ.Contains(item.Text)))
        {
            Assert.Equal(item.Ids, tokenizer.Encode(item.Text));
            Assert.Equal(item.IdsWithoutSpecial, tokenizer.Encode(item.Text, addSpecial: false));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Decode_EveryReferenceCase_EqualsHuggingFace(string name, string file)
    {
        var fixture = new Fixture(name);
        var tokenizer = fixture.FromGguf(file);
        foreach (var item in fixture.Cases)
        {
            Assert.Equal(item.Decoded, tokenizer.Decode(item.Ids));
            Assert.Equal(item.DecodedWithoutSpecial, tokenizer.Decode(item.Ids, skipSpecial: true));
        }

        Assert.All(fixture.Prompts, prompt => Assert.Equal(prompt.GreedyText, tokenizer.Decode(prompt.GreedyIds)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void SpecialTokens_OfBothFiles_Agree(string name, string file)
    {
        var fixture = new Fixture(name);
        var (gguf, json) = (fixture.FromGguf(file), fixture.FromHuggingFace());
        Assert.Equal(json.VocabSize, gguf.VocabSize);
        Assert.Equal(json.BosTokenId, gguf.BosTokenId);
        Assert.Equal(json.EosTokenId, gguf.EosTokenId);
        for (var id = 0; id < json.VocabSize; id++)
        {
            Assert.Equal(json.IsSpecial(id), gguf.IsSpecial(id));
            Assert.Equal(json.TokenBytes(id).ToArray(), gguf.TokenBytes(id).ToArray());
        }
    }
}
