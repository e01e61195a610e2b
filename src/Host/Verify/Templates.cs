using MoE.Model;
using MoE.Model.Chat;
using MoE.Tokenization;

namespace MoE.Host;

/// <summary>A model's chat template, ready to render.</summary>
internal static class Templates
{
    public static ChatTemplate Create(ModelSource source, Tokenizer tokenizer, TimeProvider time) => ChatTemplates.Create(
        source.ChatTemplate,
        source.Config.Family,
        tokenizer.BosTokenId is { } bos ? tokenizer.TokenText(bos) : null,
        tokenizer.EosTokenId is { } eos ? tokenizer.TokenText(eos) : null,
        time);
}
