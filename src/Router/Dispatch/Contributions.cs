using MoE.Gating;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>Every contribution of one dispatch: the answers that counted, and where each (expert, token) pair stands in them.</summary>
public sealed class Contributions : IContributionRows, IDisposable
{
    private readonly (int Answer, int Row)[] _placeOfPair;
    private readonly IReadOnlyList<Pooled<float>> _answers;
    private readonly int _hiddenSize;

    /// <param name="routing">The decision.</param>
    /// <param name="permutation">Its pairs.</param>
    /// <param name="placeOfPair">For each pair the answer, and the row in it.</param>
    /// <param name="answers">Taken over.</param>
    /// <param name="hiddenSize">H.</param>
    internal Contributions(
        TokenRouting routing, TokenPermutation permutation, (int Answer, int Row)[] placeOfPair, IReadOnlyList<Pooled<float>> answers, int hiddenSize)
    {
        Routing = routing;
        Permutation = permutation;
        _placeOfPair = placeOfPair;
        _answers = answers;
        _hiddenSize = hiddenSize;
    }

    public TokenRouting Routing { get; }

    public TokenPermutation Permutation { get; }

    public ReadOnlySpan<float> Pair(int pair)
    {
        var (answer, row) = _placeOfPair[pair];
        return _answers[answer].Span.Slice(row * _hiddenSize, _hiddenSize);
    }

    public void Dispose()
    {
        foreach (var answer in _answers)
            answer.Dispose();
    }
}
