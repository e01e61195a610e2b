namespace MoE.Model.Chat;

/// <summary>ChatML, the format of Qwen's models.</summary>
internal static class ChatMLTemplate
{
    /// <summary>As Qwen/Qwen3-30B-A3B has it, without tools.</summary>
    public const string Source = """
        {%- for message in messages %}
            {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|im_start|>assistant\n' }}
        {%- endif %}
        """;

    /// <summary>As Qwen/Qwen1.5-MoE-A2.7B-Chat has it: a conversation without a system message gets one.</summary>
    public const string WithDefaultSystem = """
        {%- if messages and messages[0].role != 'system' %}
            {{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}
        {%- endif %}

        """ + Source;
}
