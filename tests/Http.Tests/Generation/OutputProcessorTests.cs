using MoE.Engine;
using MoE.Http.Generation;
using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests.Generation;

public sealed class OutputProcessorTests
{
    [Fact]
    public void Add_MinTokens_KeepsStopStringsOffUntilThen()
    {
        var pieces = Run("abab", ["ab"], new SamplingParams { MinTokens = 3 });
        Assert.Equal("aba", string.Concat(pieces.Select(piece => piece.Text))[..3]);
        Assert.Equal(FinishReason.Stop, pieces[^1].Finish);
    }

    [Fact]
    public void Add_CutInsideACharacter_ShowsAReplacement()
    {
        var output = new OutputProcessor(new FakeTokenizer(), [], new SamplingParams());
        Assert.Equal(string.Empty, output.Add(new GeneratedToken(FakeTokenizer.Byte(0xf0), null, null, null)).Text);
        Assert.Equal("\ufffd", output.Add(new GeneratedToken(FakeTokenizer.Byte(0x9f), null, null, FinishReason.Length)).Text);
    }

    [Fact]
    public void Add_Logprobs_ComeWithTheTextTheyBegan()
    {
        var pieces = Run("xENy", ["END"], new SamplingParams { Logprobs = 0 });
        Assert.Equal([1, 0, 0, 3, 0], pieces.Select(piece => piece.Tokens.Count));
        Assert.Equal([0, 1, 2, 3], pieces.SelectMany(piece => piece.Tokens).Select(token => token.TextOffset));
    }

    private static List<OutputPiece> Run(string text, IReadOnlyList<string> stops, SamplingParams sampling)
    {
        var tokenizer = new FakeTokenizer();
        var output = new OutputProcessor(tokenizer, stops, sampling);
        var pieces = new List<OutputPiece>();
        foreach (var id in tokenizer.Encode(text, addSpecial: false).Append(FakeTokenizer.Eos))
        {
            pieces.Add(output.Add(new GeneratedToken(id, -1, [], id == FakeTokenizer.Eos ? FinishReason.Stop : null)));
            if (pieces[^1].Finish is not null)
                break;
        }

        return pieces;
    }
}
