using System.Text;
using System.Text.Json.Nodes;

namespace MoE.Tokenization.Tests;

public sealed class TokenizerJsonErrorTests
{
    [Theory]
    [InlineData("model.type", "\"Unigram\"", "supported: BPE")]
    [InlineData("model.dropout", "0.1", "supported: null, 0")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "supported: null")]
    [InlineData("model.unk_token", "\"<unk>\"", "not in the vocabulary")]
    [InlineData("model.vocab.a", "-1", "expected an integer")]
    [InlineData("model.vocab.a", "4194304", "expected an integer of 0 to 4194303")]
    [InlineData("model.vocab.a", "7", "the id is there twice")]
    [InlineData("model.vocab", "{}", "empty")]
    [InlineData("model.merges", "[\"a  b\"]", "merges[0]")]
    [InlineData("model.merges", "[[\"a\", \"zz\"]]", "'zz' is not in the vocabulary")]
    [InlineData("model.merges", "[\"a b\"]", "'ab' is not in the vocabulary")]
    [InlineData("model.merges", "{}", "expected an array")]
    [InlineData("normalizer", "{\"type\": \"Precompiled\"}", "normalizer.type: \"Precompiled\"")]
    [InlineData("pre_tokenizer", "{\"type\": \"BertPreTokenizer\"}", "pre_tokenizer.type: \"BertPreTokenizer\"")]
    [InlineData("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"(?<=a)b\"}, \"behavior\": \"Isolated\"}", "pattern.Regex")]
    [InlineData("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"Kept\"}", "behavior: \"Kept\"")]
    [InlineData("decoder", "{\"type\": \"WordPiece\"}", "decoder.type: \"WordPiece\"")]
    [InlineData("decoder", "{\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Fuse\"}, {\"type\": \"ByteFallback\"}]}", "decoders[1].type")]
    [InlineData("post_processor", "{\"type\": \"BertProcessing\"}", "post_processor.type: \"BertProcessing\"")]
    [InlineData("post_processor", "{\"type\": \"TemplateProcessing\", \"single\": []}", "one sequence, A")]
    [InlineData("added_tokens", "[{\"id\": 0, \"content\": \"<x>\"}]", "is taken by")]
    [InlineData("added_tokens", "[{\"id\": 900, \"content\": \"a\"}]", "the vocabulary gives the token id")]
    [InlineData("added_tokens", "[{\"id\": 900, \"content\": \"\\uD800\"}]", "test")]
    public void Load_FieldThatCannotBeHonoured_IsNamedInOneLine(string path, string value, string expected)
    {
        var json = TokenizerJson.ByteLevel().ToJsonString();
        var node = JsonNode.Parse(json)!;
        var names = path.Split('.');
        var parent = names[..^1].Aggregate(node, (current, name) => current[name]!);
        parent[names[^1]] = "PLACEHOLDER";
        var bytes = Encoding.UTF8.GetBytes(node.ToJsonString().Replace("\"PLACEHOLDER\"", value, StringComparison.Ordinal));

        var exception = Assert.Throws<TokenizerFormatException>(() => TokenizerFactory.FromHuggingFace(bytes, null, "test"));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("test", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"model\": 3}")]
    [InlineData("{\"model\": {\"vocab\": {\"a\": 0, \"a\": 1}, \"merges\": []}}")]
    public void Load_MalformedFile_IsATokenizerFormatException(string json)
    {
        var exception = Assert.Throws<TokenizerFormatException>(() => TokenizerFactory.FromHuggingFace(Encoding.UTF8.GetBytes(json), null, "test"));
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Load_EosThatIsNoToken_IsRefused()
    {
        var json = TokenizerJson.ByteLevel();
        Assert.Contains("eos_token", Assert.Throws<TokenizerFormatException>(() => json.Load("""{"eos_token": "<eos>"}""")).Message, StringComparison.Ordinal);
    }
}
