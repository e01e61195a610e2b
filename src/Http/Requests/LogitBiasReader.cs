using System.Globalization;
using MoE.Http.Errors;

namespace MoE.Http.Requests;

/// <summary>Reads <c>logit_bias</c>: an object from token id to a number from −100 to 100.</summary>
internal static class LogitBiasReader
{
    public static IReadOnlyDictionary<int, float>? Read(Fields fields, int vocabSize)
    {
        if (fields.Object("logit_bias") is not { } map)
            return null;
        var biases = new Dictionary<int, float>();
        foreach (var entry in map.Properties())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= vocabSize)
                throw ApiException.Invalid("logit_bias", $"'logit_bias' names '{Clip.Text(entry.Name)}'; a token id is from 0 to {vocabSize - 1}.");
            if (!biases.TryAdd(id, Fields.Number(entry.Value, $"logit_bias.{entry.Name}", -100, 100)))
                throw ApiException.Invalid("logit_bias", $"'logit_bias' names token {id} twice.");
        }

        return biases.Count == 0 ? null : biases;
    }
}
