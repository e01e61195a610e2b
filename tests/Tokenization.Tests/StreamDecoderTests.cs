using System.Text;
using CsCheck;
using MoE.Tokenization.Decoders;

namespace MoE.Tokenization.Tests;

public sealed class StreamDecoderTests
{
    [Theory]
    [InlineData("quarto-8m")]
    [InlineData("mixtral")]
    [InlineData("olmoe")]
    public void Add_AnyIds_PiecesJoinToDecode(string name)
    {
        var tokenizer = new Fixture(name).FromHuggingFace();
        Gen.Int[0, Math.Min(tokenizer.VocabSize, 400) - 1].Array[0, 60].Select(Gen.Bool).Sample(
            (ids, skip) =>
            {
                var decoder = tokenizer.CreateStreamDecoder(skip);
                var joined = new StringBuilder();
                foreach (var id in ids)
                {
                    var piece = decoder.Add(id);
                    Assert.DoesNotContain(piece.EnumerateRunes(), rune => rune.Value == 0xFFFD && tokenizer.TokenBytes(id).Length == 0);
                    joined.Append(piece);
                }

                Assert.Equal(tokenizer.Decode(ids, skip), joined.Append(decoder.Finish()).ToString());
            },
            iter: 300,
            seed: "0N0XIzNsQ0O2");
    }

    [Fact]
    public void Add_CharacterOfFourTokens_ComesOutWhole()
    {
        var tokenizer = TokenizerJson.ByteLevel().Load();
        var decoder = tokenizer.CreateStreamDecoder();
        Assert.Equal(["", "", "", "🙂", "a"], tokenizer.Encode("🙂a").Select(decoder.Add));
        Assert.Equal("", decoder.Finish());
        Assert.Throws<InvalidOperationException>(() => decoder.Add(0));
    }

    [Fact]
    public void Finish_HalfACharacter_IsReplaced()
    {
        var tokenizer = TokenizerJson.ByteLevel().Load();
        var decoder = tokenizer.CreateStreamDecoder();
        var ids = tokenizer.Encode("é");
        Assert.Equal("", decoder.Add(ids[0]));
        Assert.Equal("\uFFFD", decoder.Finish());
    }

    [Fact]
    public void Decode_ByteFallbackRunWithAFault_IsOneReplacementAByte()
    {
        var tokenizer = TokenizerJson.SentencePiece(["▁", "a"]).Load();
        int[] Bytes(params byte[] bytes) => [.. bytes.Select(b => b + 2)];
        Assert.Equal("é", tokenizer.Decode(Bytes(0xC3, 0xA9)));
        Assert.Equal("\uFFFD\uFFFD\uFFFD", tokenizer.Decode(Bytes(0xC3, 0xA9, 0xC3)));
        Assert.Equal("\uFFFD\uFFFD\uFFFDaé", tokenizer.Decode([.. Bytes(0xFF, 0xC3, 0xA9), 1, .. Bytes(0xC3, 0xA9)]));
    }

    [Fact]
    public void Add_LongByteFallbackRun_HoldsABoundedPart()
    {
        var tokenizer = TokenizerJson.SentencePiece(["▁", "a"]).Load();
        var text = string.Concat(Enumerable.Repeat("語", 1000));
        var ids = tokenizer.Encode(text);
        var decoder = tokenizer.CreateStreamDecoder();
        var emitted = 0;
        var largestHeld = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            emitted += Encoding.UTF8.GetByteCount(decoder.Add(ids[i]));
            largestHeld = Math.Max(largestHeld, i + 1 - emitted);
        }

        Assert.InRange(largestHeld, 1, ByteFallbackStep.MaxHeldBytes);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void Decode_LeadingSpace_IsStrippedAtTheBeginningOnly()
    {
        var tokenizer = TokenizerJson.SentencePiece(["▁", "a", "▁a"]).Load();
        Assert.Equal("a a", tokenizer.Decode([2, 2]));
        Assert.Equal(" a"u8.ToArray(), tokenizer.TokenBytes(2).ToArray());
        Assert.Equal([(byte)0x41], tokenizer.TokenBytes(3 + 0x41).ToArray());
    }
}
