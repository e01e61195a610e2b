namespace MoE.Model;

/// <summary>The model families whose arithmetic is implemented.</summary>
public enum ModelFamily
{
    Olmoe,
    Mixtral,
    Qwen2Moe,
    Qwen3Moe,
}
