using MoE.Kernels;
using MoE.Tokenization;

namespace MoE.Host;

/// <summary>The loss on text that the model was not trained on.</summary>
internal static class HeldOutCheck
{
    /// <summary>How far the mean loss may be off, nats.</summary>
    private const double Bound = 0.005;

    /// <summary>Compares with the reference's fp32 value.</summary>
    public static IEnumerable<VerifyRow> Run(string path, string directory, ReferenceHeldOut heldOut, ModelUnderTest model, Tokenizer tokenizer)
    {
        if (!File.Exists(Path.Combine(directory, heldOut.File)))
        {
            yield return VerifyRow.Skip(path, "held-out loss", $"{heldOut.File} is not in the directory");
            yield break;
        }

        foreach (var (source, loss) in Losses(directory, heldOut, model, tokenizer))
        {
            var expected = heldOut.BySource[source];
            var difference = loss.Tokens == expected.Tokens ? Math.Abs(loss.Mean - expected.MeanNll) : double.NaN;
            var note = loss.Tokens == expected.Tokens ? $"{loss.Mean:0.0000} over {loss.Tokens} tokens" : $"{loss.Tokens} tokens scored, reference {expected.Tokens}";
            yield return VerifyRow.Compare(path, $"held-out loss, {source}", difference, Bound, note);
        }
    }

    /// <summary>
    /// Compares fast kernels with fp32 arithmetic on the same file's weights: what quantising the weights costs is the file's, not
    /// the kernels'.
    /// </summary>
    public static IEnumerable<VerifyRow> Compare(
        string path, IReadOnlyDictionary<string, HeldOutLoss> exact, IReadOnlyDictionary<string, HeldOutLoss> native) =>
        exact.Select(entry => VerifyRow.Compare(
            path,
            $"held-out loss, {entry.Key}",
            Math.Abs(native[entry.Key].Mean - entry.Value.Mean),
            Bound,
            $"{native[entry.Key].Mean:0.0000}, in fp32 {entry.Value.Mean:0.0000}"));

    /// <summary>The mean loss by source; nothing where the text is not in the directory.</summary>
    public static Dictionary<string, HeldOutLoss> Losses(string directory, ReferenceHeldOut heldOut, ModelUnderTest model, Tokenizer tokenizer)
    {
        var losses = new Dictionary<string, HeldOutLoss>();
        foreach (var windows in Windows(directory, heldOut, tokenizer).GroupBy(window => window.Source, window => window.Ids))
        {
            var (sum, tokens) = (0.0, 0);
            foreach (var ids in windows)
            {
                sum += NegativeLogLikelihood(model, ids);
                tokens += ids.Length - 1;
            }

            losses[windows.Key] = new HeldOutLoss(sum / tokens, tokens);
        }

        return losses;
    }

    /// <summary>The text's windows by source; none where it is not in the directory.</summary>
    public static IEnumerable<(string Source, int[] Ids)> Windows(string directory, ReferenceHeldOut heldOut, Tokenizer tokenizer)
    {
        var file = Path.Combine(directory, heldOut.File);
        if (!File.Exists(file))
            yield break;
        var text = File.ReadAllText(file);
        foreach (var (name, source) in heldOut.BySource)
        {
            var ids = tokenizer.Encode(text[source.Characters[0]..source.Characters[1]]);
            for (var start = 0; start + heldOut.Window <= ids.Length; start += heldOut.Window)
                yield return (name, ids.AsSpan(start, heldOut.Window).ToArray());
        }
    }

    private static double NegativeLogLikelihood(ModelUnderTest model, int[] ids)
    {
        var logits = model.Run(ids, 0).Logits;
        var sum = 0.0;
        for (var i = 0; i + 1 < ids.Length; i++)
        {
            var row = logits.AsSpan(i * model.VocabSize, model.VocabSize);
            sum += Softmax.LogSumExp(row) - row[ids[i + 1]];
        }

        return sum;
    }
}

/// <summary>A mean negative log likelihood in nats, and how many tokens it is over.</summary>
internal sealed record HeldOutLoss(double Mean, int Tokens);
