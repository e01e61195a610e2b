using MoE.Gating;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>
/// The contributions of one dispatch at a time: the answers that counted, and where each (expert, token) pair stands in them.
/// Disposing gives the answers back and makes it ready for the next dispatch.
/// </summary>
public sealed class Contributions : IContributionRows, IDisposable
{
    private readonly List<Pooled<float>> _answers = [];
    private (int Answer, int Row)[] _placeOfPair = [];
    private TokenRouting? _routing;
    private TokenPermutation? _permutation;
    private int _hiddenSize;

    public TokenRouting Routing => _routing ?? throw new InvalidOperationException("the dispatch is not routed yet");

    public TokenPermutation Permutation => _permutation ?? throw new InvalidOperationException("the dispatch is not routed yet");

    /// <summary>Takes the decision; no pair has its row yet.</summary>
    /// <param name="routing">The decision.</param>
    /// <param name="permutation">Its pairs.</param>
    /// <param name="hiddenSize">H.</param>
    internal void Begin(TokenRouting routing, TokenPermutation permutation, int hiddenSize)
    {
        _routing = routing;
        _permutation = permutation;
        _hiddenSize = hiddenSize;
        if (_placeOfPair.Length < permutation.Tokens.Length)
            _placeOfPair = new (int, int)[permutation.Tokens.Length];
    }

    /// <summary>Says where the rows of neighbouring pairs are: in the answer that is added next.</summary>
    internal void Place(int firstPair, int count, int firstRow)
    {
        for (var i = 0; i < count; i++)
            _placeOfPair[firstPair + i] = (_answers.Count, firstRow + i);
    }

    /// <summary>Takes an answer over.</summary>
    internal void Add(Pooled<float> rows) => _answers.Add(rows);

    public ReadOnlySpan<float> Pair(int pair)
    {
        var (answer, row) = _placeOfPair[pair];
        return _answers[answer].Span.Slice(row * _hiddenSize, _hiddenSize);
    }

    public void Dispose()
    {
        foreach (var answer in _answers)
            answer.Dispose();
        _answers.Clear();
    }
}
