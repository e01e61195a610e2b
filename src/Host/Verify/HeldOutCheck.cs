using MoE.Tokenization;

namespace MoE.Host;

/// <summary>The loss on text that the model was not trained on, against the reference's fp32 value.</summary>
internal static class HeldOutCheck
{
    /// <summary>How far the mean loss may be off, nats.</summary>
    private const double Bound = 0.005;

    public static IEnumerable<VerifyRow> Run(string path, string directory, ReferenceHeldOut heldOut, ModelUnderTest model, Tokenizer tokenizer)
    {
        var file = Path.Combine(directory, heldOut.File);
        if (!File.Exists(file))
        {
            yield return VerifyRow.Skip(path, "held-out loss", $"{heldOut.File} is not in the directory");
            yield break;
        }

        var text = File.ReadAllText(file);
        foreach (var (name, source) in heldOut.BySource)
        {
            var ids = tokenizer.Encode(text[source.Characters[0]..source.Characters[1]]);
            var (sum, tokens) = (0.0, 0);
            for (var start = 0; start + heldOut.Window <= ids.Length; start += heldOut.Window)
            {
                sum += NegativeLogLikelihood(model, ids.AsSpan(start, heldOut.Window).ToArray());
                tokens += heldOut.Window - 1;
            }

            var note = tokens == source.Tokens ? $"{sum / tokens:0.0000} over {tokens} tokens" : $"{tokens} tokens scored, reference {source.Tokens}";
            var difference = tokens == source.Tokens ? Math.Abs(sum / tokens - source.MeanNll) : double.NaN;
            yield return VerifyRow.Compare(path, $"held-out loss, {name}", difference, Bound, note);
        }
    }

    private static double NegativeLogLikelihood(ModelUnderTest model, int[] ids)
    {
        var logits = model.Run(ids, 0).Logits;
        var sum = 0.0;
        for (var i = 0; i + 1 < ids.Length; i++)
        {
            var row = logits.AsSpan(i * model.VocabSize, model.VocabSize);
            sum += Difference.LogSumExp(row) - row[ids[i + 1]];
        }

        return sum;
    }
}
