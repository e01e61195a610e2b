using MoE.Model;
using MoE.Tokenization;

namespace MoE.Host;

/// <summary>Compares tokenizer and chat template with the reference.</summary>
internal static class TextChecks
{
    /// <summary>Ids and texts, both ways.</summary>
    /// <param name="path">Names the row.</param>
    /// <param name="tokenizer">The tokenizer that the files define.</param>
    /// <param name="cases">The reference's.</param>
    /// <param name="mayDiffer">Texts where a GGUF, which carries no normaliser, may give other ids.</param>
    public static IEnumerable<VerifyRow> Tokenizer(
        string path, Tokenizer tokenizer, IReadOnlyList<ReferenceText> cases, IReadOnlyCollection<string> mayDiffer)
    {
        var (encode, decode, excused) = (new Mismatches(), new Mismatches(), 0);
        foreach (var text in cases)
        {
            var same = tokenizer.Encode(text.Text).AsSpan().SequenceEqual(text.Ids)
                && tokenizer.Encode(text.Text, addSpecial: false).AsSpan().SequenceEqual(text.IdsWithoutSpecial);
            if (!same && mayDiffer.Contains(text.Text))
                excused++;
            else
                encode.Add(same, text.Text);
            decode.Add(
                tokenizer.Decode(text.Ids) == text.Decoded && tokenizer.Decode(text.Ids, skipSpecial: true) == text.DecodedWithoutSpecial
                    && Streamed(tokenizer, text.Ids) == text.DecodedWithoutSpecial,
                text.Text);
        }

        var note = excused > 0 ? $"{excused} without NFC, as the file has none" : encode.First;
        yield return VerifyRow.Compare(path, $"text to ids ({cases.Count} cases)", encode.Count, 0, note);
        yield return VerifyRow.Compare(path, $"ids to text, whole and streamed ({cases.Count} cases)", decode.Count, 0, decode.First);
    }

    /// <summary>Rendered prompts.</summary>
    public static VerifyRow Chat(string path, ChatTemplate template, IReadOnlyList<ReferenceChat> cases)
    {
        var mismatches = new Mismatches();
        foreach (var chat in cases)
        {
            var text = template.Render((System.Text.Json.Nodes.JsonArray)chat.Messages.DeepClone(), (System.Text.Json.Nodes.JsonArray?)chat.Tools?.DeepClone(), chat.AddGenerationPrompt);
            mismatches.Add(text == chat.Text, chat.Text);
        }

        return VerifyRow.Compare(path, $"chat template ({cases.Count} cases)", mismatches.Count, 0, mismatches.First);
    }

    private static string Streamed(Tokenizer tokenizer, int[] ids)
    {
        var decoder = tokenizer.CreateStreamDecoder(skipSpecial: true);
        return string.Concat(ids.Select(decoder.Add)) + decoder.Finish();
    }

    private sealed class Mismatches
    {
        private const int MaxShown = 40;

        public int Count { get; private set; }

        public string First { get; private set; } = "";

        public void Add(bool same, string text)
        {
            if (same)
                return;
            if (Count++ == 0)
                First = "first: " + System.Text.Json.JsonSerializer.Serialize(text.Length > MaxShown ? text[..MaxShown] + "…" : text);
        }
    }
}
