using System.Text;
using System.Text.Json.Nodes;

namespace MoE.Tokenization.Tests;

public sealed class LargeVocabularyTests
{
    private const int Merges = 150_000;
    private const int Megabyte = 1 << 20;

    private static readonly Lazy<(Tokenizer Tokenizer, Dictionary<(string, string), int> Ranks)> s_large = new(CreateLarge);

    public static TheoryData<string> Units => ["x", " ", "🙂", "\n", "x ", "e\u0301", "中", "1", "\u0301", "'s", " \t"];

    [Theory]
    [MemberData(nameof(Units))]
    public void Encode_AMegabyteOfOneThing_RoundTrips(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, Megabyte / Encoding.UTF8.GetByteCount(unit)));
        var tokenizer = s_large.Value.Tokenizer;
        Assert.True(tokenizer.Decode(tokenizer.Encode(text)) == text);
    }

    [Theory]
    [InlineData("quarto-8m")]
    [InlineData("mixtral")]
    [InlineData("olmoe")]
    public void Encode_AMegabyteWithPublishedComponents_RoundTrips(string name)
    {
        var tokenizer = new Fixture(name).FromHuggingFace();
        foreach (var unit in new[] { "x", " ", "🙂" })
        {
            var text = string.Concat(Enumerable.Repeat(unit, Megabyte / Encoding.UTF8.GetByteCount(unit)));
            Assert.True(tokenizer.Decode(tokenizer.Encode(text), skipSpecial: true) == text, unit);
        }
    }

    [Theory]
    [InlineData("quarto-8m", "1")]
    [InlineData("quarto-8m", "x ")]
    [InlineData("mixtral", "x ")]
    public void Encode_AMegabyteOfShortPieces_AllocatesLittleMoreThanTheIds(string name, string unit)
    {
        var tokenizer = new Fixture(name).FromHuggingFace();
        var text = string.Concat(Enumerable.Repeat(unit, Megabyte / unit.Length));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var ids = tokenizer.Encode(text);

        // A list of ids that doubles, and the array of them; the normalizer may copy the text twice.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, sizeof(int) * 5L * ids.Length + 5L * text.Length + 65_536);
    }

    [Fact]
    public void Encode_RandomWords_EqualsMergingThePairOfLowestRankFirst()
    {
        var (tokenizer, ranks) = s_large.Value;
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var word = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)('a' + random.Next(26))));
            Assert.Equal(MergeNaively(word, ranks), tokenizer.Pieces(word));
        }
    }

    [Fact]
    public void VocabSize_LargeVocabulary_IsOneMoreThanTheLargestId() => Assert.Equal(256 + Merges, s_large.Value.Tokenizer.VocabSize);

    private static List<string> MergeNaively(string word, Dictionary<(string, string), int> ranks)
    {
        List<string> symbols = [.. word.Select(c => c.ToString())];
        while (true)
        {
            var best = -1;
            var bestRank = int.MaxValue;
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                if (ranks.TryGetValue((symbols[i], symbols[i + 1]), out var rank) && rank < bestRank) (best, bestRank) = (i, rank);
            }

            if (best < 0) return symbols;
            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }

    private static (Tokenizer Tokenizer, Dictionary<(string, string), int> Ranks) CreateLarge()
    {
        var random = new Random(42);
        List<string> tokens = [.. Enumerable.Range('a', 26).Select(c => ((char)c).ToString()), "Ġ"];
        var known = new HashSet<string>(tokens, StringComparer.Ordinal);
        var merges = new JsonArray();
        var vocabulary = new JsonObject();
        foreach (var c in TokenizerJson.Alphabet()) vocabulary[c.ToString()] = vocabulary.Count;
        var ranks = new Dictionary<(string, string), int>();
        while (merges.Count < Merges)
        {
            // Of short tokens: two of any length would nearly always be too long together.
            var (left, right) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            if (!known.Add(left + right)) continue;
            if (left.Length + right.Length <= 4) tokens.Add(left + right);
            vocabulary[left + right] = vocabulary.Count;
            ranks[(left, right)] = merges.Count;
            merges.Add(new JsonArray(left, right));
        }

        var json = TokenizerJson.ByteLevel();
        json["model"]!["vocab"] = vocabulary;
        json["model"]!["merges"] = merges;
        return (json.Load(), ranks);
    }
}
