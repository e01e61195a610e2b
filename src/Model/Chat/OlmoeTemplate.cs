namespace MoE.Model.Chat;

/// <summary>The Tulu format, with the tokens where allenai/OLMoE-1B-7B-0924-Instruct has them.</summary>
internal static class OlmoeTemplate
{
    public const string Source = """
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message.role in ['system', 'user'] %}
                {{- '<|' + message.role + '|>\n' + message.content + '\n' }}
            {%- elif message.role == 'assistant' %}
                {{- '<|assistant|>\n' + message.content ~ eos_token ~ '\n' }}
            {%- else %}
                {{- raise_exception('the model knows the roles system, user and assistant') }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|assistant|>\n' }}
        {%- endif %}
        """;
}
