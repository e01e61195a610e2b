namespace MoE.Model.Chat;

/// <summary>The format of mistralai/Mixtral-8x7B-Instruct-v0.1: turns alternate, a leading system message joins the first user turn.</summary>
internal static class MixtralTemplate
{
    public const string Source = """
        {%- set ns = namespace(system='', turns=0) %}
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message.role == 'system' and loop.first %}
                {%- set ns.system = message.content + '\n\n' %}
            {%- elif message.role != ('user' if ns.turns % 2 == 0 else 'assistant') %}
                {{- raise_exception('conversation roles must alternate user, assistant, user, ... after an optional system message') }}
            {%- elif message.role == 'user' %}
                {{- ' [INST] ' + (ns.system if ns.turns == 0 else '') + message.content + ' [/INST]' }}
                {%- set ns.turns = ns.turns + 1 %}
            {%- else %}
                {{- ' ' + message.content ~ eos_token }}
                {%- set ns.turns = ns.turns + 1 %}
            {%- endif %}
        {%- endfor %}
        """;
}
