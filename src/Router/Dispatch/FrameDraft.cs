using MoE.Gating;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>A frame on its way out: first which rows it takes, then the rows themselves. Its memory is used again for other frames.</summary>
internal sealed class FrameDraft
{
    private int[] _rowOfToken = [];
    private int[] _tokens = [];
    private int _rows;
    private DispatchFrame? _frame;

    /// <summary>Who gets it.</summary>
    public NodeId Node { get; private set; }

    /// <summary>The tokens whose rows the frame takes, ascending, each once.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _rows);

    /// <summary>Selects the rows of a part; they have no values yet.</summary>
    /// <param name="part">Node and groups.</param>
    /// <param name="routing">The batch's decision.</param>
    /// <param name="permutation">Its pairs.</param>
    /// <param name="layer">The layer's index in the model.</param>
    /// <param name="placementVersion">The placement that the part was planned by.</param>
    /// <param name="hiddenSize">H.</param>
    public DispatchFrame Begin(DispatchPart part, TokenRouting routing, TokenPermutation permutation, int layer, long placementVersion, int hiddenSize)
    {
        Node = part.Node;
        Select(part, routing.Tokens, permutation);
        return _frame = DispatchFrame.Rent(
            part.FrameId, layer, placementVersion, hiddenSize, new Pooled<float>(_rows * hiddenSize), Experts(part, permutation));
    }

    /// <summary>Copies the rows in and gives the frame up.</summary>
    public DispatchFrame Complete(ActivationRows hidden)
    {
        var frame = _frame!;
        var rows = frame.Rows.Span;
        for (var i = 0; i < _rows; i++)
            hidden.Row(_tokens[i]).CopyTo(rows.Slice(i * hidden.Columns, hidden.Columns));
        _frame = null;
        return frame;
    }

    /// <summary>Gives up a frame that will not be sent.</summary>
    public void Discard()
    {
        _frame?.Dispose();
        _frame = null;
    }

    private void Select(DispatchPart part, int tokens, TokenPermutation permutation)
    {
        if (_tokens.Length < tokens)
            (_tokens, _rowOfToken) = (new int[tokens], new int[tokens]);
        var rowOfToken = _rowOfToken.AsSpan(0, tokens);
        rowOfToken.Clear();
        foreach (var group in part.Groups)
        {
            foreach (var token in permutation.TokensOf(group))
                rowOfToken[token] = 1;
        }

        _rows = 0;
        for (var token = 0; token < tokens; token++)
        {
            if (rowOfToken[token] == 0)
                continue;
            _tokens[_rows] = token;
            rowOfToken[token] = _rows++;
        }
    }

    private ExpertRows Experts(DispatchPart part, TokenPermutation permutation)
    {
        var experts = ExpertRows.Rent(part.Groups.Count, part.AnswerRows);
        foreach (var group in part.Groups)
        {
            var tokens = permutation.TokensOf(group);
            var rows = experts.Add(permutation.Experts[group], tokens.Length);
            for (var i = 0; i < rows.Length; i++)
                rows[i] = _rowOfToken[tokens[i]];
        }

        return experts;
    }
}
