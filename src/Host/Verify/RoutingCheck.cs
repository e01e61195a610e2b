using MoE.Gating;
using MoE.Model;

namespace MoE.Host;

/// <summary>Compares a prompt's choice of experts with the reference's.</summary>
internal sealed class RoutingCheck(string prefix, Reference reference, SafetensorsFile expected)
{
    /// <summary>Two experts whose probabilities are closer than this may be chosen either way in dequantised GGUF weights.</summary>
    private const float NearTie = 1e-5f;

    private string _firstDifference = "";
    private int _differing;
    private int _nearTies;
    private double _largestWeight;
    private bool _hasWeights;

    /// <param name="prompt">The prompt's index.</param>
    /// <param name="outputs">What was computed.</param>
    /// <param name="allowNearTies">Whether a choice within <see cref="NearTie"/> may differ.</param>
    /// <returns>The first token from which a permitted other choice makes the logits incomparable, or the token count.</returns>
    public int Add(int prompt, PromptOutputs outputs, bool allowNearTies)
    {
        var comparable = reference.Prompts[prompt].Ids.Length;
        foreach (var layer in reference.MoeLayers)
        {
            if (!outputs.Routing.TryGetValue(layer, out var routing))
                throw new ModelFormatException($"{Reference.FileName}: moe_layers names layer {layer}, which routes no token in this model");
            var experts = Values(expected.ReadInts($"topk_experts.{prompt}.{layer}"), routing, $"topk_experts.{prompt}.{layer}");
            var weightName = $"topk_weights.{prompt}.{layer}";
            var weights = expected.Contains(weightName) ? Values(expected.ReadFloats(weightName), routing, weightName) : null;
            _hasWeights |= weights is not null;
            for (var token = 0; token < routing.Tokens; token++)
            {
                switch (Compare(routing, token, experts, allowNearTies))
                {
                    case Choice.Same when weights is not null:
                        CompareWeights(routing, token, weights);
                        break;
                    case Choice.NearTie:
                        _nearTies++;
                        comparable = Math.Min(comparable, token);
                        break;
                    case Choice.Other:
                        _differing++;
                        if (_firstDifference.Length == 0)
                            _firstDifference = $"first in prompt {prompt}, layer {layer}, token {token}";
                        break;
                }
            }
        }

        return comparable;
    }

    public IEnumerable<VerifyRow> Rows()
    {
        var note = _nearTies > 0 ? $"{_nearTies} near ties went the other way" : _firstDifference;
        yield return VerifyRow.Compare(prefix, "top-k experts (choices that differ)", _differing, 0, note);
        if (_hasWeights)
            yield return VerifyRow.Compare(prefix, "top-k weights", _largestWeight, reference.Tolerance.TopkWeightsAbs);
    }

    private static Choice Compare(TokenRouting routing, int token, int[] expected, bool allowNearTies)
    {
        var actual = routing.TopkExperts.AsSpan(token * routing.TopK, routing.TopK);
        var wanted = expected.AsSpan(token * routing.TopK, routing.TopK);
        if (actual.SequenceEqual(wanted))
            return Choice.Same;
        if (!allowNearTies)
            return Choice.Other;
        var scores = routing.Scores.Span.Slice(token * (routing.Scores.Length / routing.Tokens), routing.Scores.Length / routing.Tokens);
        for (var slot = 0; slot < actual.Length; slot++)
        {
            if ((uint)wanted[slot] >= (uint)scores.Length || Math.Abs(scores[actual[slot]] - scores[wanted[slot]]) >= NearTie)
                return Choice.Other;
        }

        return Choice.NearTie;
    }

    private void CompareWeights(TokenRouting routing, int token, float[] expected)
    {
        for (var slot = token * routing.TopK; slot < (token + 1) * routing.TopK; slot++)
            _largestWeight = Difference.Larger(_largestWeight, Math.Abs((double)routing.TopkWeights[slot] - expected[slot]));
    }

    private static T[] Values<T>(T[] values, TokenRouting routing, string name) =>
        values.Length == routing.Tokens * routing.TopK
            ? values
            : throw new ModelFormatException($"{name}: {values.Length} values, expected {routing.Tokens} tokens by top-{routing.TopK}");

    private enum Choice
    {
        Same,
        NearTie,
        Other,
    }
}
