using System.Text;
using MoE.Engine;

namespace MoE.Http.Generation;

/// <summary>One choice's pieces put together.</summary>
internal sealed class ChoiceText
{
    private readonly StringBuilder _text = new();
    private readonly List<OutputToken> _tokens = [];

    public string Text => _text.ToString();

    public IReadOnlyList<OutputToken> Tokens => _tokens;

    public FinishReason Finish { get; private set; }

    public IReadOnlyList<PromptLogprob?>? PromptLogprobs { get; private set; }

    /// <summary>Reads every choice to its end.</summary>
    public static async Task<ChoiceText[]> CollectAsync(ChoiceSet choices, int count, RequestClock clock, CancellationToken cancellationToken)
    {
        var texts = new ChoiceText[count];
        for (var i = 0; i < count; i++)
            texts[i] = new ChoiceText();
        await foreach (var piece in choices.Pieces.ReadAllAsync(cancellationToken))
        {
            clock.Count(piece);
            texts[piece.Choice].Add(piece);
        }

        return texts;
    }

    private void Add(OutputPiece piece)
    {
        _text.Append(piece.Text);
        _tokens.AddRange(piece.Tokens);
        PromptLogprobs ??= piece.PromptLogprobs;
        Finish = piece.Finish ?? Finish;
    }
}
