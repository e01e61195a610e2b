namespace MoE.Tokenization.Tests;

public sealed class AddedTokenTests
{
    [Fact]
    public void Encode_OverlappingTokens_LeftmostLongestWins()
    {
        var json = TokenizerJson.ByteLevel();
        json.AddToken("<a", 256);
        json.AddToken("<ab>", 257);
        json.AddToken("b><", 258);
        Assert.Equal(["x", "<ab>", "<a", "b", "b><", "c"], json.Load().Pieces("x<ab><abb><c"));
    }

    [Fact]
    public void Encode_ParseSpecialFalse_SpecialTextIsPlainAndUserTokensStay()
    {
        var json = TokenizerJson.ByteLevel();
        json.AddToken("<s>", 256, special: true);
        json.AddToken("  ", 257);
        var tokenizer = json.Load();
        Assert.Equal(["<s>", "  ", "a"], tokenizer.Pieces("<s>  a"));
        Assert.Equal(["<", "s", ">", "  ", "a"], tokenizer.Pieces("<s>  a", parseSpecial: false));
        Assert.True(tokenizer.IsSpecial(256));
        Assert.False(tokenizer.IsSpecial(257));
    }

    [Fact]
    public void Encode_StripFlags_TakeTheWhiteSpaceAround()
    {
        var json = TokenizerJson.ByteLevel();
        json.AddToken("<l>", 256, flags: "lstrip");
        json.AddToken("<r>", 257, flags: "rstrip");
        var tokenizer = json.Load();
        Assert.Equal(["a", "<l>", "Ġ", "b"], tokenizer.Pieces("a \n<l> b"));
        Assert.Equal(["a", "Ġ", "<r>", "b"], tokenizer.Pieces("a <r> \u3000b"));
        Assert.Equal(["<r>", "<l>", "b"], tokenizer.Pieces("<r>  <l>b"));
    }

    [Fact]
    public void Encode_SingleWord_MatchesBetweenBoundariesOnly()
    {
        var json = TokenizerJson.ByteLevel();
        json.AddToken("cat", 256, flags: "single_word");
        var tokenizer = json.Load();
        Assert.Equal(["cat", "-", "cat"], tokenizer.Pieces("cat-cat"));
        Assert.Equal(["c", "a", "t", "s"], tokenizer.Pieces("cats"));
        Assert.DoesNotContain("cat", tokenizer.Pieces("𝒜cat"));
    }

    [Fact]
    public void Encode_NormalizedToken_IsFoundInTheNormalizedText()
    {
        var json = TokenizerJson.ByteLevel();
        json["normalizer"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "NFC" };
        json.AddToken("\u00E9!", 256, flags: "normalized");
        json.AddToken("\u00E8!", 257);
        var tokenizer = json.Load();
        Assert.Equal(["\u00E9!"], tokenizer.Pieces("e\u0301!"));
        Assert.DoesNotContain("\u00E8!", tokenizer.Pieces("e\u0300!"));
    }

    [Fact]
    public void Load_ConfigurationNamesTokens_TheyAreAddedToo()
    {
        var json = TokenizerJson.ByteLevel("b o", "bo s");
        var tokenizer = json.Load(
            """
            {"bos_token": "bos", "eos_token": {"content": "<eos>"},
             "added_tokens_decoder": {"300": {"content": "<eos>", "special": true}, "301": {"content": "<u>", "special": false}}}
            """);
        Assert.Equal(257, tokenizer.BosTokenId);
        Assert.Equal(300, tokenizer.EosTokenId);
        Assert.True(tokenizer.IsSpecial(257));
        Assert.Equal(302, tokenizer.VocabSize);
        Assert.Equal(["bos", "<eos>", "<u>"], tokenizer.Pieces("bos<eos><u>"));
        Assert.Equal("", tokenizer.Decode([299]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([302]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.TokenText(-1));
    }
}
