namespace MoE.Tokenization.Tests;

public sealed class GgufTokenizerTests
{
    private static readonly string[] s_alphabet = [.. TokenizerJson.Alphabet().Select(c => c.ToString())];

    private static GgufVocabulary ByteLevel => new()
    {
        Model = "gpt2",
        Pre = "qwen2",
        Tokens = [.. s_alphabet, "ab", "abc", "<|ctl|>", "<user>", "", ""],
        TokenTypes = [.. Enumerable.Repeat(1, 258), 3, 4, 5, 5],
        Merges = ["a b"],
    };

    private static GgufVocabulary SentencePiece => new()
    {
        Model = "llama",
        Tokens = ["<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "ab", "▁ab", "<", "s>", "x", "xx", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")],
        Scores = [0, 0, 0, -1, -2, -3, -9, -4, -5, -6, -7, -8, -9, .. new float[256]],
        TokenTypes = [2, 3, 3, .. Enumerable.Repeat(1, 10), .. Enumerable.Repeat(6, 256)],
        BosTokenId = 1,
        EosTokenId = 2,
        UnknownTokenId = 0,
    };

    [Fact]
    public void Encode_ByteLevel_ControlTokensOnlyWhereParsed()
    {
        var tokenizer = TokenizerFactory.FromGguf(ByteLevel, "test");
        Assert.Equal(["<|ctl|>", "<user>", "ab", "c"], tokenizer.Pieces("<|ctl|><user>abc"));
        Assert.Equal(["<", "|", "c", "t", "l", "|", ">", "<user>"], tokenizer.Pieces("<|ctl|><user>", parseSpecial: false));
        Assert.Equal(262, tokenizer.VocabSize);
        Assert.True(tokenizer.IsSpecial(258));
        Assert.False(tokenizer.IsSpecial(259));
    }

    [Theory]
    [InlineData("qwen2", "ab c", "1", "2", "3", "4")]
    [InlineData("llama-bpe", "abc", "1", "2", "3", "4")]
    public void Encode_LlamaBpe_TakesWholePiecesBeforeMerges(string pre, string expected, params string[] digits)
    {
        var tokenizer = TokenizerFactory.FromGguf(ByteLevel with { Pre = pre }, "test");
        Assert.Equal([.. expected.Split(' '), .. digits], tokenizer.Pieces("abc1234"));
    }

    [Fact]
    public void Encode_LlamaBpe_BosLeadsByDefault()
    {
        var vocabulary = ByteLevel with { Pre = "llama-bpe", BosTokenId = 258 };
        Assert.Equal(["<|ctl|>", "a"], TokenizerFactory.FromGguf(vocabulary, "test").Pieces("a"));
        Assert.Equal(["a"], TokenizerFactory.FromGguf(vocabulary with { AddBosToken = false }, "test").Pieces("a"));
    }

    [Fact]
    public void Encode_DefaultPre_SplitsPunctuationAndThreeDigits()
    {
        var vocabulary = ByteLevel with { Pre = null, Tokens = [.. s_alphabet, "12", "34", ".a"], TokenTypes = null, Merges = ["1 2", "3 4", ". a"] };
        Assert.Equal([".", "a", "12", "3", "4"], TokenizerFactory.FromGguf(vocabulary, "test").Pieces(".a1234"));
    }

    [Fact]
    public void Encode_SentencePiece_HighestScoreFirstThenLeftmost()
    {
        var tokenizer = TokenizerFactory.FromGguf(SentencePiece, "test");
        Assert.Equal(["<s>", "▁ab"], tokenizer.Pieces("ab"));
        Assert.Equal(["<s>", "▁", "xx", "x"], tokenizer.Pieces("xxx"));
        Assert.Equal(["<s>", "▁a", "<0xC3>", "<0xA9>"], tokenizer.Pieces("aé"));
        Assert.Equal("ab xx", tokenizer.Decode(tokenizer.Encode("ab xx"), skipSpecial: true));
    }

    [Fact]
    public void Encode_SentencePiece_TextNeverMergesIntoAControlToken()
    {
        var tokenizer = TokenizerFactory.FromGguf(SentencePiece, "test");
        Assert.DoesNotContain(1, tokenizer.Encode("<s>", addSpecial: false, parseSpecial: false));
        Assert.Equal([1], tokenizer.Encode("<s>", addSpecial: false));
    }

    [Fact]
    public void Encode_SentencePieceWithoutSpacePrefix_AddsNoneAndStripsNone()
    {
        var tokenizer = TokenizerFactory.FromGguf(SentencePiece with { AddSpacePrefix = false, AddEosToken = true }, "test");
        Assert.Equal(["<s>", "ab", "</s>"], tokenizer.Pieces("ab"));
        Assert.Equal(" ab", tokenizer.Decode([8]));
    }

    [Theory]
    [InlineData("model")]
    [InlineData("pre")]
    [InlineData("tokens")]
    [InlineData("token_type")]
    [InlineData("merges")]
    [InlineData("merges[1]")]
    [InlineData("eos_token_id")]
    [InlineData("scores")]
    public void Load_KeyThatCannotBeHonoured_IsNamedInOneLine(string key)
    {
        var vocabulary = key switch
        {
            "model" => ByteLevel with { Model = "bert" },
            "pre" => ByteLevel with { Pre = "kimi-k2" },
            "tokens" => ByteLevel with { Tokens = [] },
            "token_type" => ByteLevel with { TokenTypes = [1] },
            "merges" => ByteLevel with { Merges = null },
            "merges[1]" => ByteLevel with { Merges = ["a b", "ab d"] },
            "eos_token_id" => ByteLevel with { EosTokenId = 262 },
            _ => SentencePiece with { Scores = null },
        };
        var exception = Assert.Throws<TokenizerFormatException>(() => TokenizerFactory.FromGguf(vocabulary, "m.gguf"));
        Assert.StartsWith("m.gguf: tokenizer.ggml." + key + ":", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Load_DuplicateToken_IsRefused()
    {
        var vocabulary = ByteLevel with { Tokens = [.. ByteLevel.Tokens.Take(261), "ab"] };
        Assert.Contains("there twice", Assert.Throws<TokenizerFormatException>(() => TokenizerFactory.FromGguf(vocabulary, "m.gguf")).Message, StringComparison.Ordinal);
    }
}
