namespace MoE.Model.Chat;

/// <summary>The format each family's instruction-tuned models were trained on, for files that carry no template.</summary>
internal static class FamilyTemplates
{
    public static string Of(ModelFamily family) => family switch
    {
        ModelFamily.Mixtral => MixtralTemplate.Source,
        ModelFamily.Olmoe => OlmoeTemplate.Source,
        ModelFamily.Qwen2Moe => ChatMLTemplate.WithDefaultSystem,
        ModelFamily.Qwen3Moe => ChatMLTemplate.Source,
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "no chat format is known for the family"),
    };
}
