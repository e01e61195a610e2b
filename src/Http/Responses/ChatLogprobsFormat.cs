using MoE.Http.Generation;
using MoE.Tokenization;

namespace MoE.Http.Responses;

/// <summary>Writes chat's log probabilities.</summary>
internal static class ChatLogprobsFormat
{
    public static ChatLogprobs Create(Tokenizer tokenizer, IEnumerable<OutputToken> tokens) =>
        new([.. tokens.Select(token => One(tokenizer, token))], null);

    private static ChatTokenLogprob One(Tokenizer tokenizer, OutputToken token) => new(
        TokenNames.Text(tokenizer, token.Id),
        TokenNames.Logprob(token.Logprob),
        TokenNames.Bytes(tokenizer, token.Id),
        [
            .. token.Top.Select(top => new ChatTopLogprob(
                TokenNames.Text(tokenizer, top.TokenId),
                TokenNames.Logprob(top.Logprob),
                TokenNames.Bytes(tokenizer, top.TokenId))),
        ]);
}
