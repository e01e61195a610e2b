using System.Text.Json.Nodes;

namespace MoE.Tokenization.Tests;

public sealed class EncodeTests
{
    [Fact]
    public void Encode_LoneSurrogates_BecomeTheReplacementCharacter()
    {
        var tokenizer = TokenizerJson.ByteLevel().Load();
        Assert.Equal(tokenizer.Encode("a\uFFFDb\uFFFD"), tokenizer.Encode("a\uD800b\uDC00"));
        Assert.Equal("🙂\uFFFD", tokenizer.Decode(tokenizer.Encode("🙂\uD83D")));
    }

    [Fact]
    public void Encode_IgnoreMerges_TakesTheWholePiece()
    {
        var json = TokenizerJson.ByteLevel("a b", "c d", "ab cd");
        json["model"]!["merges"] = new JsonArray("a b");
        Assert.Equal(["ab", "c", "d"], json.Load().Pieces("abcd"));
        json["model"]!["ignore_merges"] = true;
        Assert.Equal(["abcd"], json.Load().Pieces("abcd"));
    }

    [Theory]
    [InlineData(true, "<unk> a <unk>")]
    [InlineData(false, "<unk> <unk> a <unk>")]
    public void Encode_UnknownCharacters_FuseIfAsked(bool fuse, string expected)
    {
        var json = TokenizerJson.SentencePiece(["<unk>", "a"]);
        json["model"]!["byte_fallback"] = false;
        json["model"]!["unk_token"] = "<unk>";
        json["model"]!["fuse_unk"] = fuse;
        Assert.Equal(expected.Split(' '), json.Load().Pieces("xyaz"));
    }

    [Theory]
    [InlineData("Isolated", false, "a|-|-|b|-|c")]
    [InlineData("Removed", false, "a|b|c")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("MergedWithPrevious", false, "a-|-|b-|c")]
    [InlineData("MergedWithNext", false, "a|-|-b|-c")]
    [InlineData("Contiguous", false, "a|--|b|-|c")]
    public void Encode_SplitBehaviours_EqualHuggingFace(string behavior, bool invert, string expected)
    {
        var json = TokenizerJson.ByteLevel("a -", "- -", "- b", "- c", "b -");
        json["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["String"] = "-" }, ["behavior"] = behavior, ["invert"] = invert },
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false }),
        };
        Assert.Equal(expected.Split('|'), json.Load().Pieces("a--b-c"));
    }

    [Theory]
    [InlineData("quarto-8m")]
    [InlineData("mixtral")]
    public void Encode_MaxTokens_StopsAfterThem(string name)
    {
        var tokenizer = new Fixture(name).FromHuggingFace();
        var text = string.Concat(Enumerable.Repeat("In the beginning 12 ", 1000));
        var all = tokenizer.Encode(text);
        Assert.Equal(all, tokenizer.Encode(text, maxTokens: all.Length));
        var some = tokenizer.Encode(text, maxTokens: 100);
        Assert.InRange(some.Length, 101, 200);
        Assert.Equal(all[..some.Length], some);
    }

    /// <summary>A SentencePiece model merges a text as a whole; word by word is the same only where no token goes across words.</summary>
    [Theory]
    [InlineData("a▁b", "a ▁,a▁ b", "a▁b|▁|▁|a")]
    [InlineData("▁▁a", "▁ ▁,▁▁ a", "a|▁|b|▁▁a")]
    public void Encode_TokenWithAMarkInside_IsMergedAcrossWords(string token, string merges, string expected)
    {
        var json = TokenizerJson.SentencePiece(["▁", "a", "b", "a▁", "▁▁", token], merges.Split(','));
        json["normalizer"] = JsonNode.Parse("""{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}""");
        Assert.Equal(expected.Split('|'), json.Load().Pieces("a b  a"));
    }

    [Theory]
    [InlineData("always", "▁|a|▁|b|<x>|▁|c")]
    [InlineData("first", "▁|a|▁|b|<x>|c")]
    [InlineData("never", "a|▁|b|<x>|c")]
    public void Encode_Metaspace_PrependsBySchemeAndDecodesBack(string scheme, string expected)
    {
        var json = TokenizerJson.SentencePiece(["▁", "a", "b", "c"]);
        var metaspace = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = true };
        json["pre_tokenizer"] = metaspace;
        json["decoder"] = metaspace.DeepClone();
        json.AddToken("<x>", 260);
        var tokenizer = json.Load();
        Assert.Equal(expected.Split('|'), tokenizer.Pieces("a b<x>c"));
        Assert.Equal("a b", tokenizer.Decode(tokenizer.Encode("a b")));
    }

    [Fact]
    public void Encode_Digits_SplitOneByOneOrTogether()
    {
        var json = TokenizerJson.ByteLevel("1 2", "a 1");
        json["pre_tokenizer"] = JsonNode.Parse(
            """{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "use_regex": false, "add_prefix_space": false}]}""");
        Assert.Equal(["a", "1", "2"], json.Load().Pieces("a12"));
        json["pre_tokenizer"]!["pretokenizers"]![0]!["individual_digits"] = false;
        Assert.Equal(["a", "12"], json.Load().Pieces("a12"));
    }

    [Fact]
    public void Encode_Template_SurroundsTheTextOnlyWithSpecial()
    {
        var json = TokenizerJson.ByteLevel();
        json.AddToken("<s>", 256, special: true);
        json.AddToken("</s>", 257, special: true);
        json["post_processor"] = JsonNode.Parse(
            """
            {"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "</s>"}}],
             "special_tokens": {"<s>": {"ids": [256]}, "</s>": {"ids": [257]}}}]}
            """);
        var tokenizer = json.Load();
        Assert.Equal(["<s>", "a", "</s>"], tokenizer.Pieces("a"));
        Assert.Equal(["a"], tokenizer.Encode("a", addSpecial: false).Select(tokenizer.TokenText));
    }

    [Fact]
    public void Encode_LlamaClass_ConfigurationDecidesTheTemplate()
    {
        var json = TokenizerJson.SentencePiece(["<s>", "</s>", "a"]);
        const string config = """{"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "add_bos_token": false, "add_eos_token": true}""";
        Assert.Equal(["a", "</s>"], json.Load(config).Pieces("a"));
    }

    [Fact]
    public void Encode_AddPrefixSpace_AppliesToEveryStretchBetweenAddedTokens()
    {
        var json = TokenizerJson.ByteLevel();
        json["pre_tokenizer"]!["add_prefix_space"] = true;
        json.AddToken("<x>", 256);
        Assert.Equal(["Ġ", "a", "<x>", "Ġ", "b"], json.Load().Pieces("a<x> b"));
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSameIds()
    {
        var tokenizer = new Fixture("quarto-8m").FromHuggingFace();
        var expected = tokenizer.Encode("In the beginning é 🙂 1234");
        Parallel.For(0, 64, _ => Assert.Equal(expected, tokenizer.Encode("In the beginning é 🙂 1234")));
    }
}
